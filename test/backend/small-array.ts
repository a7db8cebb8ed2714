/** An array with six resources behind HTTP, and a driver for it in as few lines as there can be. */
import {
  AccessDenied,
  AuthenticationFailed,
  BackendError,
  defineDriver,
  InvalidResponse,
  NotSupported,
  SessionExpired,
  Type,
  type Alert,
  type Driver,
  type HttpClient,
  type HttpResponse,
} from 'delfin-agent/driver';
import { sendJson, serve, type ServedRequest } from '../kit/http-server.ts';

const NOW = 1_790_000_000_000;
/** A request that the test lets hang ends after this long; no other may end early on a busy machine. */
const HANGING_MS = 50;
const PATIENT_MS = 30_000;

const POOLS = [{ native_storage_pool_id: 'p1', name: 'gold', total_capacity: 100 }];
const VOLUMES = [
  [{ native_volume_id: 'v1', name: 'one', total_capacity: 5 }, { native_volume_id: 'v2' }],
  [{ native_volume_id: 'v3', total_capacity: 7 }],
];
const FC = [{ native_port_id: 'fc1', name: 'fc' }];
const ETH = [{ native_port_id: 'eth1', name: 'eth' }];
const ALERTS: readonly Alert[] = [
  { alert_id: 'disk', severity: 'Major', category: 'Fault', match_key: 'disk/1' },
  { alert_id: 'fan', severity: 'Minor', category: 'Fault', match_key: 'fan/1' },
];
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/system': { name: 'small', serial_number: '7' },
  '/pools': POOLS,
  '/volumes?page=0': VOLUMES[0],
  '/volumes?page=1': VOLUMES[1],
  '/ports/fc': FC,
  '/ports/eth': ETH,
  '/alerts': ALERTS,
  '/samples': [{ time: NOW, iops: 5 }],
};

export interface SmallArray extends AsyncDisposable {
  readonly port: number;
  /** What the array has, as the core publishes it. */
  readonly truth: Readonly<Record<string, unknown>>;
  /** Requests of a round without any damage, the login included. */
  readonly quietRequests: number;
  /** These requests get no answer from now on, `times` of them. */
  hang(matches: (request: string) => boolean, times: number): void;
  /** How many got none. */
  hung(): number;
  logins(): number;
  openSessions(): number;
  /** Connections that are open now. */
  connections(): number;
}

export async function startSmallArray(): Promise<SmallArray> {
  const sessions = new Set<string>();
  let logins = 0;
  let hangs: (request: string) => boolean = () => false;
  let limit = 0;
  let hung = 0;
  const server = await serve(
    ({ method, url, headers }: ServedRequest, response) => {
      if (hung < limit && hangs(`${method} ${url}`)) return void (hung += 1);
      if (url === '/login') {
        const token = `t${(logins += 1)}`;
        sessions.add(token);
        return sendJson(response, 200, { token });
      }
      const token = String(headers['x-token']);
      if (!sessions.has(token)) return sendJson(response, 401, {});
      if (method === 'DELETE') sessions.delete(token);
      return sendJson(response, 200, ANSWERS[url] ?? {});
    },
    { plain: true },
  );
  const own = (records: readonly object[]) =>
    records.map((record) => ({ ...record, storage_id: 'a' }));
  return {
    port: server.port,
    truth: {
      storage: { name: 'small', serial_number: '7', storage_id: 'a' },
      storage_pools: own(POOLS),
      volumes: own(VOLUMES.flat()),
      ports: own([...FC, ...ETH]),
    },
    quietRequests: Object.keys(ANSWERS).length + 1,
    hang(matches, times) {
      hangs = matches;
      limit = times;
      hung = 0;
    },
    hung: () => hung,
    logins: () => logins,
    openSessions: () => sessions.size,
    connections: server.connections,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** `hangs`: whether this request gets no answer. */
export function smallDriver(port: number, hangs: (request: string) => boolean): Driver {
  const timeoutOf = (request: string) => (hangs(request) ? HANGING_MS : PATIENT_MS);
  return defineDriver({
    vendor: 'test',
    model: 'small',
    title: 'Small',
    access: Type.Object({}),
    async open(_access, context) {
      const http = await context.http(
        { host: '127.0.0.1', port, scheme: 'http', username: 'u' } as never,
        { timeoutMs: PATIENT_MS },
      );
      const login = await http.request({
        method: 'POST',
        path: '/login',
        timeoutMs: timeoutOf('POST /login'),
      });
      if (login.status === 401 || login.status === 403) throw new AuthenticationFailed('refused');
      const { token } = checked(login, '/login') as { token?: string };
      if (token === undefined) throw new InvalidResponse('the login brought no token');
      const read = (path: string) => readOne(http, path, token, timeoutOf(`GET ${path}`));
      const list = async (path: string) => {
        const records = await read(path);
        if (!Array.isArray(records)) throw new InvalidResponse(`${path} is no list`);
        return records;
      };
      return {
        getStorage: async () => (await read('/system')) as object,
        listStoragePools: () => list('/pools'),
        listVolumes: async () => [
          ...(await list('/volumes?page=0')),
          ...(await list('/volumes?page=1')),
        ],
        async listPorts() {
          const ports = await list('/ports/fc');
          try {
            return [...ports, ...(await list('/ports/eth'))];
          } catch (error) {
            if (error instanceof SessionExpired) throw error;
            context.log.warn({ err: error }, 'the Ethernet ports are left out');
            return ports;
          }
        },
        listAlerts: () => list('/alerts'),
        async collectPerfMetrics() {
          const samples = (await list('/samples')) as { time: number; iops: number }[];
          const labels = {
            storage_id: 'a',
            resource_type: 'storage',
            resource_id: 'a',
            type: 'RAW',
            unit: 'IOPS',
          } as const;
          return samples.map(({ time, iops }) => ({
            name: 'iops' as const,
            labels,
            values: { [time]: iops },
          }));
        },
        async close() {
          await http
            .request({ method: 'DELETE', path: '/login/1', headers: { 'x-token': token } })
            .catch(() => {});
          await http.close();
        },
      };
    },
  });
}

async function readOne(
  http: HttpClient,
  path: string,
  token: string,
  timeoutMs: number,
): Promise<unknown> {
  return checked(await http.request({ path, headers: { 'x-token': token }, timeoutMs }), path);
}

function checked(response: HttpResponse, path: string): unknown {
  const { status } = response;
  if (status === 401) throw new SessionExpired(`${path}: 401`);
  if (status === 403) throw new AccessDenied(`${path}: 403`);
  if (status === 404) throw new NotSupported(`${path}: 404`);
  if (status !== 200) throw new BackendError(status, `${path}: ${status}`);
  return response.json();
}
