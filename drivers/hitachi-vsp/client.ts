/** The Configuration Manager REST API below one array. */
import {
  answersOf,
  BackendError,
  basicCredentials,
  ConfigurationError,
  createParts,
  granted,
  identifier,
  InvalidResponse,
  isObject,
  jsonIn,
  list,
  object,
  openRest,
  pick,
  text,
  withHeaders,
  type Complaint,
  type DriverContext,
  type Exchange,
  type Foreign,
  type HttpRequest,
  type HttpResponse,
  type RestAccess,
} from 'delfin-agent/driver';
import { chooseDevice, toDevices, type Device } from './device.ts';

const BASE_PATH = '/ConfigurationManager/v1/objects';
/** 16,384 LDEVs are about 20 MB. */
const MAX_BYTES = 256 * 2 ** 20;
/** A controller's own server takes minutes for the LDEVs of a large array. */
const LDEVS_TIMEOUT_MS = 300_000;
const JOB_INTERVAL_MS = 500;

type Query = HttpRequest['query'];

export type Client = Awaited<ReturnType<typeof connect>>;
type Session = Awaited<ReturnType<typeof logIn>>;

export async function connect(
  access: RestAccess,
  deviceId: string | undefined,
  context: DriverContext,
) {
  let known: Device | undefined;
  const rest = await openRest<Session>(context, access, {
    port: 443,
    basePath: BASE_PATH,
    maxBytes: MAX_BYTES,
    answers,
    session: {
      async open(exchange) {
        known ??= await findDevice(exchange, access, deviceId);
        return await logIn(exchange, access, known);
      },
      close: logOut,
      sign: ({ path, ...request }, { device, headers }) =>
        withHeaders({ ...request, path: `${rootOf(device)}${path}` }, headers),
    },
  });
  const { device } = await rest.login();

  const read = (path: string, query: Query = {}) =>
    rest.send({ path, query, ...(path === '/ldevs' ? { timeoutMs: LDEVS_TIMEOUT_MS } : {}) });
  const get = async (path: string, query?: Query) =>
    object(await read(path, query), path || rootOf(device));

  return {
    parts: createParts(context),
    /** The array this client is for. */
    device,
    /** An object below the array; `path` '' is the array itself. */
    get,
    /** The members of a collection below the array. */
    list: async (path: string, query?: Query) => members(await read(path, query), path),
    /** Changes an object for an operator's command, and waits for the job that does it. */
    async change(path: string, json: Foreign) {
      let job = object(await rest.send({ method: 'PATCH', path, json }), path);
      const id = identifier(job['jobId']);
      if (id === undefined) return;
      while (job['status'] !== 'Completed') {
        await context.pause(JOB_INTERVAL_MS);
        job = await get(`/jobs/${encodeURIComponent(id)}`);
      }
      if (job['state'] === 'Succeeded') return;
      const state = text(job['state']) ?? 'Failed';
      const code = text(pick(job, 'error.messageId')) ?? state;
      const reason = text(pick(job, 'error.message')) ?? 'no reason given';
      throw new BackendError(code, `${path}: ${state}: ${reason}`);
    },
    close: () => rest.close(),
  };
}

const rootOf = ({ id }: Device): string => `/storages/${encodeURIComponent(id)}`;

/** The server's storage system that is meant; on a controller without the list the one it belongs to. */
async function findDevice(
  exchange: Exchange,
  access: RestAccess,
  wanted: string | undefined,
): Promise<Device> {
  const { host, username } = access;
  const headers = basicCredentials(access);
  let listed = await exchange({ path: '/storages' });
  // The list needs no login on most servers; the password goes out only to one that asks for it.
  if (listed.answer.meaning === 'expired') listed = await exchange({ path: '/storages', headers });
  if (listed.response.status !== 404) {
    const systems = members(granted(listed, host, username), '/storages');
    return await chooseDevice(systems, host, wanted);
  }
  if (wanted !== undefined) return { id: wanted };
  const path = '/storages/instance';
  const own = object(granted(await exchange({ path, headers }), host, username), path);
  const [device] = toDevices([own]);
  if (!device) throw new InvalidResponse(`${path} names no storageDeviceId`);
  return device;
}

async function logIn(exchange: Exchange, access: RestAccess, device: Device) {
  const path = `${rootOf(device)}/sessions`;
  const headers = basicCredentials(access);
  const exchanged = await exchange({ method: 'POST', path, headers, json: {} });
  if (exchanged.response.status === 404) {
    throw new ConfigurationError(
      `${path}: the server does not know this storage system; check storage_device_id`,
    );
  }
  const body = granted(exchanged, `storage system ${device.id}`, access.username);
  const token = text(pick(body, 'token'));
  if (token === undefined) {
    throw new InvalidResponse(`${path}: the login was answered without a token`);
  }
  const sessionId = identifier(pick(body, 'sessionId'));
  return { device, sessionId, headers: { authorization: `Session ${token}` } };
}

async function logOut(exchange: Exchange, { device, sessionId, headers }: Session): Promise<void> {
  if (sessionId === undefined) return;
  const path = `${rootOf(device)}/sessions/${encodeURIComponent(sessionId)}`;
  await exchange({ method: 'DELETE', path, headers });
}

/** `{ data: [...] }`; an empty object has no members. */
export function members(body: unknown, what: string): readonly Foreign[] {
  const { data, ...others } = object(body, what);
  if (data !== undefined && data !== null) return list(data, `${what}: data`);
  if (Object.keys(others).length === 0) return [];
  throw new InvalidResponse(`${what}: the answer has no list "data"`);
}

export const answers = answersOf({
  complaint,
  codes: {
    // The REST API server is busy; resources are locked by another program.
    busy: ['KART00003-E', 'KART40050-E', 'KART40051-E', 'KART40052-E'],
    // The specified object does not exist.
    gone: ['KART30013-E'],
  },
  texts: {
    // A session that stays in use is as good as lost.
    expired:
      /token is invalid|session .*(invalid|expired|timed ?out|not (exist|found)|being used)/i,
    unsupported: /not (be )?supported|unsupported|licen[sc]e|program product|cannot be used/i,
  },
  // 401 is a token that is no longer known. 403 is a missing role, but some servers also answer so to a
  // session they have forgotten. 409: a resource is in use; 502, 504: the server behind is restarting.
  statuses: { 403: 'expired', 409: 'busy', 502: 'busy', 504: 'busy' },
});

/** The error object, bare or below `error`. Some servers in front of the API send it as a success. */
function complaint(response: HttpResponse): Complaint | undefined {
  const body = jsonIn(response);
  if (!isObject(body) || (response.status < 400 && !isError(body))) return undefined;
  const error = isObject(body['error']) ? body['error'] : body;
  const said = [text(error['message']), text(error['solution'])].filter((word) => word);
  const code = text(error['messageId']);
  if (code === undefined && said.length === 0) return undefined;
  return { code: code ?? String(response.status), text: said.join(' ') };
}

function isError(body: Foreign): boolean {
  const named = text(body['messageId']) ?? text(body['errorSource']);
  return named !== undefined && text(body['message']) !== undefined;
}
