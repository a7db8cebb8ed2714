/** Unisphere Management REST API over one session. */
import {
  InvalidResponse,
  isObject,
  type DriverContext,
  type Foreign,
  type HttpRequest,
  type RestAccess,
} from 'delfin-agent/driver';
import { failure, refusal } from './answers.ts';
import { createSession } from './session.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface UnityClient {
  /** @throws NotSupported if the array has no such resource, licence or privilege; BackendError. */
  get(path: string, query?: Query): Promise<Foreign>;
  /** Changes the array: for the operator's commands only. @throws BackendError */
  post(path: string, body: Foreign): Promise<void>;
  /** Changes the array: for the operator's commands only. @throws BackendError */
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}

export async function connect(access: RestAccess, context: DriverContext): Promise<UnityClient> {
  const http = await context.http(access, { port: 443, headers: { 'x-emc-rest-client': 'true' } });
  const session = createSession(http, access);

  async function command(request: HttpRequest): Promise<void> {
    const response = await session.send(request);
    if (response.status < 200 || response.status > 299) {
      throw failure(response, `${request.method} ${http.origin}${request.path}`);
    }
  }

  await session.logIn();
  return {
    async get(path, query = {}) {
      const response = await session.send({ path, query });
      const where = `${http.origin}${path}`;
      if (response.status !== 200) throw refusal(response, where);
      const body = response.json();
      if (!isObject(body)) throw new InvalidResponse(`${where}: not an object`);
      if (isObject(body['error'])) throw refusal(response, where);
      return body;
    },
    post: (path, body) => command({ method: 'POST', path, json: body }),
    remove: (path) => command({ method: 'DELETE', path }),
    async close() {
      try {
        await session.logOut();
      } catch (error) {
        context.log.debug({ err: error }, 'logout failed; the array ends the session when idle');
      } finally {
        await http.close();
      }
    },
  };
}
