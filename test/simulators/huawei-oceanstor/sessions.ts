/** Accounts and sessions: token and cookie, and how they end. */
import type { ServerResponse } from 'node:http';
import { sendJson, type ServedRequest } from '../../kit/http-server.ts';
import { CANARY_PASSWORD, type Scenario, type SimulatorStats } from '../../kit/simulator.ts';
import { SERIAL } from './block.ts';

export const ACCOUNT = 'monitor';
const WRONG_PASSWORD = 1077949061;
const LOCKED = 1077949070;
/** Requests that a session lives for in the scenario `expired`. */
const LIFETIME = 23;

interface Session {
  readonly cookie: string;
  left: number;
}

export interface Sessions {
  logIn(request: ServedRequest, response: ServerResponse): void;
  logOut(request: ServedRequest, response: ServerResponse): void;
  /** Answers and gives false if the request has no session. */
  check(request: ServedRequest, response: ServerResponse): boolean;
  expireAll(): void;
}

export const succeed = (response: ServerResponse, data?: unknown, headers: Record<string, string> = {}) =>
  sendJson(response, 200, { ...(data === undefined ? {} : { data }), error: { code: 0, description: '0' } }, headers); // prettier-ignore

export const fail = (response: ServerResponse, code: number, description: string) =>
  sendJson(response, 200, { data: {}, error: { code, description, errorParam: '', suggestion: '' } }); // prettier-ignore

/** `accountState`: of the password, as the login answers it. */
export function createSessions(
  scenario: Scenario,
  stats: SimulatorStats,
  accountState: number,
): Sessions {
  const open = new Map<string, Session>();
  let expired = 0;

  function end(token: string): void {
    open.delete(token);
    stats.openSessions = open.size;
  }

  /** The ways the vendor says that a session is gone. */
  function sayGone(response: ServerResponse): void {
    expired += 1;
    const way = expired % 3;
    if (way === 0) sendJson(response, 401, { error: { code: -401, description: 'Unauthorized' } });
    else if (way === 1) fail(response, -401, 'Unauthorized.');
    else fail(response, 1077949069, 'The user is offline.');
  }

  return {
    logIn(request, response) {
      stats.logins += 1;
      const { username, password } = JSON.parse(request.body) as Record<string, unknown>;
      if (scenario === 'locked') return fail(response, LOCKED, 'The user has been locked.');
      if (scenario === 'badpassword' || username !== ACCOUNT || password !== CANARY_PASSWORD) {
        return fail(response, WRONG_PASSWORD, 'The User name or password is incorrect.');
      }
      const token = `TOKEN${stats.logins}`;
      const cookie = `session=ismsession=C${stats.logins}`;
      open.set(token, { cookie, left: scenario === 'expired' ? LIFETIME : Infinity });
      stats.openSessions = open.size;
      stats.maxOpenSessions = Math.max(stats.maxOpenSessions, open.size);
      succeed(
        response,
        { accountstate: accountState, deviceid: SERIAL, iBaseToken: token, level: 3, username, usergroup: '0', lastlogintime: 1_700_000_000 },
        { 'set-cookie': `${cookie};Path=/deviceManager;Secure;HttpOnly` },
      ); // prettier-ignore
    },
    logOut(request, response) {
      stats.logouts += 1;
      end(String(request.headers['ibasetoken']));
      succeed(response, {});
    },
    check(request, response) {
      const token = String(request.headers['ibasetoken']);
      const session = open.get(token);
      if (!session || !(request.headers.cookie ?? '').includes(session.cookie)) {
        sayGone(response);
        return false;
      }
      session.left -= 1;
      if (session.left > 0) return true;
      end(token);
      sayGone(response);
      return false;
    },
    expireAll() {
      open.clear();
      stats.openSessions = 0;
    },
  };
}
