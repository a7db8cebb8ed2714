/** Who is logged in: cookie, CSRF token, and the ways in which the array says that a session is gone. */
import type { ServerResponse } from 'node:http';
import { sendJson, type ServedRequest } from '../../kit/http-server.ts';
import { CANARY_PASSWORD, type Scenario, type SimulatorStats } from '../../kit/simulator.ts';

export const USERNAME = 'monitor';
const COOKIE = 'mod_auth_cas_S';
/** Requests that a session lasts in the scenario `expired`. */
const LIFE = 7;

export interface Sessions {
  /** Lets the request pass, or answers it. */
  admit(request: ServedRequest, response: ServerResponse): boolean;
  logOut(request: ServedRequest, response: ServerResponse): void;
  forget(): void;
}

export function createSessions(scenario: Scenario, stats: SimulatorStats): Sessions {
  /** Cookie -> CSRF token. */
  const open = new Map<string, string>();
  let made = 0;
  let left = LIFE;
  let refusals = 0;

  function start(response: ServerResponse): void {
    made += 1;
    const [cookie, token] = [`session-${made}`, `token-${made}`];
    open.set(cookie, token);
    stats.logins += 1;
    stats.openSessions = open.size;
    stats.maxOpenSessions = Math.max(stats.maxOpenSessions, open.size);
    left = LIFE;
    response.setHeader('set-cookie', [
      `${COOKIE}=${cookie}; path=/; secure; HttpOnly`,
      'JSESSIONID=ABC; Path=/; Secure',
    ]);
    response.setHeader('EMC-CSRF-TOKEN', token);
  }

  function refuse(response: ServerResponse): boolean {
    refusals += 1;
    const ways = [
      () => sendJson(response, 401, errorBody(401, 131_149_852, 'Unauthorized')),
      () => response.writeHead(302, { location: '/cas/login' }).end(),
      () => response.writeHead(403, { 'content-type': 'text/html' }).end('<html>Forbidden</html>'),
    ];
    ways[refusals % ways.length]?.();
    return false;
  }

  function refuseLogin(response: ServerResponse): boolean {
    stats.logins += 1;
    if (scenario === 'locked') {
      sendJson(response, 403, errorBody(403, 131_149_900, 'The user account is locked.'));
    } else {
      response
        .writeHead(401, { 'content-type': 'text/html' })
        .end('<html>HTTP Status 401 - Unauthorized</html>');
    }
    return false;
  }

  return {
    admit(request, response) {
      if (request.headers['x-emc-rest-client'] !== 'true') return refuse(response);
      const cookie = cookieOf(request);
      const token = open.get(cookie);
      if (token !== undefined) {
        if (scenario === 'expired') left -= 1;
        if (left < 0) {
          open.delete(cookie);
          stats.openSessions = open.size;
          return refuse(response);
        }
        if (request.method === 'GET' || request.headers['emc-csrf-token'] === token) return true;
        return refuse(response);
      }
      if (!request.headers.authorization) return refuse(response);
      const basic = `Basic ${Buffer.from(`${USERNAME}:${CANARY_PASSWORD}`).toString('base64')}`;
      const isRefused = scenario === 'badpassword' || scenario === 'locked';
      if (isRefused || request.headers.authorization !== basic) return refuseLogin(response);
      start(response);
      return true;
    },
    logOut(request, response) {
      if (open.delete(cookieOf(request))) stats.logouts += 1;
      stats.openSessions = open.size;
      sendJson(response, 200, { logoutOK: 'true' });
    },
    forget() {
      open.clear();
      stats.openSessions = 0;
    },
  };
}

function cookieOf(request: ServedRequest): string {
  const found = new RegExp(`${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? '');
  return found?.[1] ?? '';
}

export function errorBody(status: number, code: number, message: string) {
  return {
    error: {
      errorCode: code,
      httpStatusCode: status,
      messages: [{ 'en-US': `${message} (Error Code:0x${code.toString(16)})` }],
      created: new Date().toISOString(),
    },
  };
}
