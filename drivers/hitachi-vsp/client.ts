/** The Configuration Manager REST API below one array. */
import {
  basicCredentials,
  ConfigurationError,
  createParts,
  granted,
  identifier,
  InvalidResponse,
  isObject,
  object,
  openRest,
  text,
  withHeaders,
  type DriverContext,
  type Exchange,
  type Foreign,
  type HttpRequest,
  type Parts,
  type RestAccess,
} from 'delfin-agent/driver';
import { findDevice, type Device } from './device.ts';
import { answers, jobError, members } from './protocol.ts';

const BASE_PATH = '/ConfigurationManager/v1/objects';
/** 16,384 LDEVs are about 20 MB. */
const MAX_BYTES = 256 * 2 ** 20;
/** A controller's own server takes minutes for the LDEVs of a large array. */
const LDEVS_TIMEOUT_MS = 300_000;
const JOB_INTERVAL_MS = 500;

export type Query = HttpRequest['query'];

export interface ArrayClient {
  readonly parts: Parts;
  /** The array this client is for, as the list of storage systems describes it. */
  readonly device: Device;
  /** An object below the array; `path` '' is the array itself. */
  get(path: string, query?: Query): Promise<Foreign>;
  /** The members of a collection below the array. */
  list(path: string, query?: Query): Promise<readonly Foreign[]>;
  /** Changes an object for an operator's command, and waits for the job that does it. */
  change(path: string, body: unknown): Promise<void>;
  close(): Promise<void>;
}

interface Session {
  readonly device: Device;
  readonly token: string;
  readonly sessionId: string | undefined;
}

export async function connect(
  access: RestAccess,
  deviceId: string | undefined,
  context: DriverContext,
): Promise<ArrayClient> {
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
      sign: ({ path, ...request }, session) =>
        withHeaders(
          { ...request, path: `${rootOf(session.device)}${path}` },
          authorization(session),
        ),
    },
  });
  const { device } = await rest.login();

  const read = (path: string, query: Query = {}) =>
    rest.send({ path, query, ...(path === '/ldevs' ? { timeoutMs: LDEVS_TIMEOUT_MS } : {}) });

  return {
    parts: createParts(context),
    device,
    get: async (path, query) => object(await read(path, query), path || rootOf(device)),
    list: async (path, query) => members(await read(path, query), path),
    async change(path, body) {
      let job = object(await rest.send({ method: 'PATCH', path, json: body }), path);
      const id = identifier(job['jobId']);
      if (id === undefined) return;
      while (job['status'] !== 'Completed') {
        await context.pause(JOB_INTERVAL_MS);
        job = object(await read(`/jobs/${encodeURIComponent(id)}`), path);
      }
      if (job['state'] !== 'Succeeded') throw jobError(job, path);
    },
    close: () => rest.close(),
  };
}

const rootOf = ({ id }: Device): string => `/storages/${encodeURIComponent(id)}`;

const authorization = ({ token }: Session) => ({ authorization: `Session ${token}` });

async function logIn(exchange: Exchange, access: RestAccess, device: Device): Promise<Session> {
  const path = `${rootOf(device)}/sessions`;
  const exchanged = await exchange({
    method: 'POST',
    path,
    headers: basicCredentials(access),
    json: {},
  });
  if (exchanged.response.status === 404) {
    throw new ConfigurationError(
      `${path}: the server does not know this storage system; check storage_device_id`,
    );
  }
  const body = granted(exchanged, `storage system ${device.id}`, access.username);
  const token = isObject(body) ? text(body['token']) : undefined;
  if (!isObject(body) || token === undefined) {
    throw new InvalidResponse(`${path}: the login was answered without a token`);
  }
  return { device, token, sessionId: identifier(body['sessionId']) };
}

async function logOut(exchange: Exchange, session: Session): Promise<void> {
  if (session.sessionId === undefined) return;
  await exchange({
    method: 'DELETE',
    path: `${rootOf(session.device)}/sessions/${encodeURIComponent(session.sessionId)}`,
    headers: authorization(session),
  });
}
