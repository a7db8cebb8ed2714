/** A small array with every fault that an author can make, one at a time, in its driver or around it. */
import {
  compact,
  defineDriver,
  measures,
  NotSupported,
  object,
  objects,
  openRest,
  RestAccess,
  text,
  Type,
  type Driver,
  type RestClient,
  type Session,
} from 'delfin-agent/driver';
import {
  CANARY_PASSWORD,
  newStats,
  sendJson,
  serveHttp,
  type ServedRequest,
  type SimulatorDefinition,
} from '../../src/testing/index.ts';

const MINUTE_MS = 60_000;
const PAGE = 4;

/** What is wrong with the driver; nothing if absent. */
export const FAULTS = [
  'dimension', 'unit', 'unit_name', 'id', 'pool', 'write', 'sessions', 'page', 'seconds',
  'alert_seconds', 'secret', 'endless', 'signal', 'performance', 'newest', 'no_volumes', 'misspelt',
  'text_for_number', 'zero', 'untold', 'sticky', 'alert_keys', 'trap', 'internal', 'logout', 'methods',
] as const; // prettier-ignore
export type PlantedFault = (typeof FAULTS)[number];

type Row = Readonly<Record<string, unknown>>;

export function smallDriver(fault?: PlantedFault): Driver {
  const has = (one: PlantedFault) => fault === one;
  const units = {
    readIops: has('dimension') ? 'MB/s' : 'IOPS',
    readThroughput: has('unit') ? 'KB/s' : has('unit_name') ? 'MBps' : 'KiB/s',
  };
  const driver = defineDriver({
    vendor: 'acme',
    model: 'small',
    title: 'Small arrays',
    access: Type.Object({ rest: RestAccess }),
    methods: has('methods') ? ['listQuotas'] : ['listPorts', 'listAlerts', 'collectPerfMetrics', 'getLatestPerfTimestamp'], // prettier-ignore
    capabilities: () => ({
      is_historic: true,
      resource_metrics: { volume: measures(units as { readIops: 'IOPS' }) },
    }),
    parseAlert(trap) {
      if (trap.trap_oid !== '1.3.6.1.4.1.99999.9.0.1') return undefined;
      const [first] = trap.varbinds;
      if (has('trap')) return alertOf(JSON.parse(Buffer.from(first?.value as Uint8Array).toString()) as Row); // prettier-ignore
      return { alert_id: 'HOT', severity: 'Major', category: 'Fault', match_key: 'HOT/d1' };
    },
    async open({ rest: access }, context) {
      const connect = () =>
        openRest<string>(context, access, {
          session: {
            async open(exchange) {
              const json = { password: access.password.reveal() };
              const { response } = await exchange({ method: 'POST', path: '/login', json });
              return text(object(response.json(), 'login')['token']) ?? '';
            },
            close: async (exchange, token) => {
              if (!has('logout')) await exchange({ method: 'DELETE', path: '/login', headers: { 'x-token': token } }); // prettier-ignore
            },
            sign: (request, token) => ({ ...request, headers: { 'x-token': token } }),
          },
        });
      const rest = await connect();
      const second = has('sessions') ? await connect() : undefined;
      if (has('secret')) context.log.info({ header: access.password.reveal() }, 'logged in');
      let isLacking = false;
      const session: Session = {
        async getStorage() {
          if (has('write')) await rest.send({ method: 'PUT', path: '/statistics', json: {} });
          if (has('internal')) throw new TypeError("can't read property 'x'");
          const system = object(await rest.get('/system'), '/system');
          return compact({ serial_number: text(system['serial']), status: 'normal' as const });
        },
        listStoragePools: async () =>
          (await items(rest, '/pools')).map(({ id }) => ({ native_storage_pool_id: String(id) })),
        async listVolumes() {
          const rows: Row[] = [];
          for (let page = 0; ; page += 1) {
            const found = await items(rest, `/volumes?page=${has('endless') ? 0 : page}`);
            rows.push(...found);
            if (has('page') || (found.length < PAGE && !has('endless'))) break;
          }
          return rows.map(({ id, pool, size }) => ({
            native_volume_id: has('id') ? 'vol' : String(id),
            native_storage_pool_id: has('pool') ? `pool-${String(pool)}` : String(pool),
            [has('misspelt') ? 'total_capasity' : 'total_capacity']: has('text_for_number') ? `${String(size)} GB` : size, // prettier-ignore
            ...(has('zero') ? { used_capacity: 0 } : {}),
          }));
        },
        async listPorts() {
          if (isLacking) throw new NotSupported('no ports');
          const rows: Row[] = [];
          for (const card of ['a', 'b']) {
            try {
              rows.push(...(await items(rest, `/cards/${card}/ports`)));
            } catch (error) {
              isLacking = has('sticky');
              if (!has('untold')) throw error;
            }
          }
          return rows.map(({ id }) => ({ native_port_id: String(id) }));
        },
        async listAlerts() {
          const rows = await items(rest, '/alerts');
          return rows.map((row) => ({
            ...alertOf(row),
            ...(has('alert_seconds') ? { occur_time: Number(row['time']) / 1_000 } : {}),
            ...(has('alert_keys') ? { match_key: String(row['type']) } : {}),
          }));
        },
        getLatestPerfTimestamp: async () =>
          has('newest') ? Math.floor(Date.now() / 1_000) : Date.now() - MINUTE_MS,
        async collectPerfMetrics(asked, start, end) {
          if (has('performance')) throw new RangeError('Invalid array length');
          const rows = await items(rest, `/samples?from=${start}&to=${end}`);
          return (['readIops', 'readThroughput'] as const).map((name) => ({
            name,
            resource_type: 'volume' as const,
            unit: asked.volume?.[name]?.unit ?? 'IOPS',
            ids: rows.map(({ id }) => String(id)),
            times: rows.map(({ time }) => Number(time) / (has('seconds') ? 1_000 : 1)),
            values: rows.map((row) => Number(row[name])),
          }));
        },
        async close() {
          await second?.close();
          await rest.close();
        },
      };
      if (has('signal')) {
        const list = session.listStoragePools;
        session.listStoragePools = async (signal) => {
          const pools = await list(signal).catch(() => []);
          // Waits by itself, and for nothing that ends.
          if (signal.aborted) await new Promise(() => {});
          return pools;
        };
      }
      if (has('no_volumes')) delete (session as Partial<Session>).listVolumes;
      return session;
    },
  });
  return driver;
}

const items = async (rest: RestClient<string>, path: string): Promise<readonly Row[]> =>
  objects(object(await rest.get(path), path)['items']);

const alertOf = ({ type, part, time, id }: Row) => ({
  alert_id: String(type),
  severity: 'Major' as const,
  category: 'Fault' as const,
  sequence_number: String(id),
  occur_time: Number(time),
  match_key: `${String(type)}/${String(part)}`,
});

const VOLUMES = Array.from({ length: 6 }, (_, index) => ({ id: `v${index}`, pool: `p${index % 2}`, size: 1_024 * (index + 1) })); // prettier-ignore
const PORTS = { a: ['p0', 'p1'], b: ['p2'] } as const;
const ALERTS = ['d1', 'd2'].map((part, id) => ({ id, type: 'HOT', part, time: 1_760_000_000_000 + id })); // prettier-ignore

function samplesOf(from: number, to: number) {
  const times: number[] = [];
  for (let time = Math.ceil(from / MINUTE_MS) * MINUTE_MS; time <= to; time += MINUTE_MS)
    times.push(time);
  return times.flatMap((time) =>
    VOLUMES.slice(0, 2).map(({ id }) => ({ id, time, readIops: 7, readThroughput: 3 })),
  );
}

export const smallSimulator: SimulatorDefinition = {
  vendor: 'acme',
  model: 'small',
  generations: ['v1'],
  scenarios: ['normal'],
  damage: { kinds: ['404', 'empty'], isLogin: (request) => request.includes('/login') },

  async start() {
    const stats = newStats();
    const tokens = new Set<string>();
    const count = () => {
      stats.openSessions = tokens.size;
      stats.maxOpenSessions = Math.max(stats.maxOpenSessions, tokens.size);
    };
    const lists: Readonly<Record<string, (request: ServedRequest) => readonly object[]>> = {
      '/pools': () => [{ id: 'p0' }, { id: 'p1' }],
      '/volumes': ({ query }) => VOLUMES.slice(Number(query.get('page')) * PAGE).slice(0, PAGE),
      '/cards/a/ports': () => PORTS.a.map((id) => ({ id })),
      '/cards/b/ports': () => PORTS.b.map((id) => ({ id })),
      '/alerts': () => ALERTS,
      '/samples': ({ query }) => samplesOf(Number(query.get('from')), Number(query.get('to'))),
    };
    const answer = (request: ServedRequest): readonly [number, object] => {
      if (request.method === 'POST' && request.path === '/login') {
        const token = `t${(stats.logins += 1)}`;
        tokens.add(token);
        count();
        return [200, { token }];
      }
      const token = String(request.headers['x-token']);
      if (!tokens.has(token)) return [401, {}];
      if (request.method === 'DELETE') tokens.delete(token);
      else if (request.method !== 'GET') stats.writes.push(`${request.method} ${request.path}`);
      count();
      if (request.path === '/system') return [200, { serial: 'S1' }];
      const list = lists[request.path];
      return list ? [200, { items: list(request) }] : [200, {}];
    };
    const server = await serveHttp((request, response) => {
      stats.requests += 1;
      const [status, body] = answer(request);
      sendJson(response, status, body);
    });
    const trap = {
      version: 'v2c',
      pdu_type: 'trap',
      trap_oid: '1.3.6.1.4.1.99999.9.0.1',
      varbinds: [{ oid: '1.3.6.1.4.1.99999.9.1', type: 'OctetString', value: Buffer.from('{"type":"HOT","part":"d1"}') }], // prettier-ignore
      source: '192.0.2.1',
      received_at: Date.now(),
    } as const;
    return {
      access: {
        rest: { host: '127.0.0.1', port: server.port, scheme: 'http', username: 'u', password: CANARY_PASSWORD }, // prettier-ignore
      },
      stats,
      expireSessions: () => tokens.clear(),
      truth: {
        storage: { serial_number: 'S1', status: 'normal' },
        lists: {
          listStoragePools: ['p0', 'p1'].map((id) => ({ native_storage_pool_id: id })),
          listVolumes: VOLUMES.map(({ id, pool, size }) => ({ native_volume_id: id, native_storage_pool_id: pool, total_capacity: size })), // prettier-ignore
          listPorts: Object.values(PORTS)
            .flat()
            .map((id) => ({ native_port_id: id })),
        },
        alerts: ALERTS.map(({ id, type, part, time }) => ({ alert_id: type, severity: 'Major', category: 'Fault', sequence_number: String(id), occur_time: time, match_key: `${type}/${part}` })), // prettier-ignore
        traps: [{ trap, alert: { alert_id: 'HOT', match_key: 'HOT/d1' } }],
        samples: (from, to) =>
          samplesOf(from, to).flatMap(({ id, time, readIops, readThroughput }) => {
            const of = { resource_type: 'volume', resource_id: id, time } as const;
            return [
              { ...of, name: 'readIops' as const, value: readIops },
              { ...of, name: 'readThroughput' as const, value: readThroughput * 1_024 },
            ];
          }),
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};
