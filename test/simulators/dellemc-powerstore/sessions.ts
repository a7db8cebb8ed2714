/** Who is logged in: any request with credentials opens a session; cookie, token, and how it ends. */
import { createCookieSessions } from '../../kit/cookie-sessions.ts';
import { sendJson } from '../../kit/http-server.ts';
import type { Scenario, SimulatorStats } from '../../kit/simulator.ts';

export const USERNAME = 'monitor';
const FORBIDDEN = '0xE0A01001000C';

export function errorBody(code: string, message: string, severity = 'Error') {
  return { messages: [{ code, severity, message_l10n: message, arguments: [] }] };
}

export function createSessions(scenario: Scenario, stats: SimulatorStats) {
  return createCookieSessions(
    {
      username: USERNAME,
      cookie: 'auth_cookie',
      attributes: 'Path=/; Secure; HttpOnly',
      token: 'DELL-EMC-TOKEN',
      // The value has equal signs of its own.
      values: (session) => [`def0${session}==.abc=`, `token-${session}=`],
      life: 9,
      gone: [
        (response) =>
          response.writeHead(401, { 'content-type': 'text/html' }).end('<html>401</html>'),
        (response) => sendJson(response, 403, errorBody(FORBIDDEN, 'Access is forbidden.')),
        (response) => response.writeHead(302, { location: '/login' }).end(),
      ],
      forged: (response) =>
        sendJson(response, 403, errorBody(FORBIDDEN, 'The CSRF token is missing or wrong.')),
      locked: (response) =>
        sendJson(response, 403, errorBody('0xE0A01001000D', 'The user account is locked.')),
      wrongPassword: (response) =>
        response.writeHead(401, { 'content-type': 'text/html' }).end('<html>Unauthorized</html>'),
      loggedOut: (response) => response.writeHead(204).end(),
    },
    scenario,
    stats,
  );
}
