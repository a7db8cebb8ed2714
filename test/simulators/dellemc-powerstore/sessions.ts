/** Who is logged in: any request with credentials opens a session; cookie, token, and how it ends. */
import type { ServerResponse } from 'node:http';
import { sendJson, type ServedRequest } from '../../kit/http-server.ts';
import { CANARY_PASSWORD, type Scenario, type SimulatorStats } from '../../kit/simulator.ts';

export const USERNAME = 'monitor';
const COOKIE = 'auth_cookie';
/** Requests that a session lasts in the scenario `expired`. */
const LIFE = 9;

export interface Sessions {
  /** Lets the request pass, or answers it. */
  admit(request: ServedRequest, response: ServerResponse): boolean;
  logOut(request: ServedRequest, response: ServerResponse): void;
  forget(): void;
}

export function errorBody(code: string, message: string, severity = 'Error') {
  return { messages: [{ code, severity, message_l10n: message, arguments: [] }] };
}

export function createSessions(scenario: Scenario, stats: SimulatorStats): Sessions {
  /** Cookie -> token. */
  const open = new Map<string, string>();
  let made = 0;
  let left = LIFE;
  let refusals = 0;

  function start(response: ServerResponse): void {
    made += 1;
    // The value has equal signs of its own.
    const [cookie, token] = [`def0${made}==.abc=`, `token-${made}=`];
    open.set(cookie, token);
    stats.logins += 1;
    stats.openSessions = open.size;
    stats.maxOpenSessions = Math.max(stats.maxOpenSessions, open.size);
    left = LIFE;
    response.setHeader('set-cookie', [`${COOKIE}=${cookie}; Path=/; Secure; HttpOnly`]);
    response.setHeader('DELL-EMC-TOKEN', token);
  }

  function refuse(response: ServerResponse): boolean {
    refusals += 1;
    const ways = [
      () => response.writeHead(401, { 'content-type': 'text/html' }).end('<html>401</html>'),
      () => sendJson(response, 403, errorBody('0xE0A01001000C', 'Access is forbidden.')),
      () => response.writeHead(302, { location: '/login' }).end(),
    ];
    ways[refusals % ways.length]?.();
    return false;
  }

  function refuseLogin(response: ServerResponse): boolean {
    stats.logins += 1;
    if (scenario === 'locked') {
      sendJson(response, 403, errorBody('0xE0A01001000D', 'The user account is locked.'));
    } else {
      response.writeHead(401, { 'content-type': 'text/html' }).end('<html>Unauthorized</html>');
    }
    return false;
  }

  return {
    admit(request, response) {
      const cookie = cookieOf(request);
      const token = open.get(cookie);
      if (token !== undefined) {
        if (scenario === 'expired') left -= 1;
        if (left < 0) {
          open.delete(cookie);
          stats.openSessions = open.size;
          return refuse(response);
        }
        if (request.method === 'GET' || request.headers['dell-emc-token'] === token) return true;
        sendJson(response, 403, errorBody('0xE0A01001000C', 'The CSRF token is missing or wrong.'));
        return false;
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
      response.writeHead(204).end();
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
