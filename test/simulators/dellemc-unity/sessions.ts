/** Who is logged in: cookie, CSRF token, and the ways in which the array says that a session is gone. */
import { createCookieSessions, type Sessions } from '../../kit/cookie-sessions.ts';
import { sendJson } from '../../kit/http-server.ts';
import type { Scenario, SimulatorStats } from '../../kit/simulator.ts';

export const USERNAME = 'monitor';
const HTML = { 'content-type': 'text/html' };

export function createSessions(scenario: Scenario, stats: SimulatorStats): Sessions {
  const sessions = createCookieSessions(
    {
      username: USERNAME,
      cookie: 'mod_auth_cas_S',
      attributes: 'path=/; secure; HttpOnly',
      others: ['JSESSIONID=ABC; Path=/; Secure'],
      token: 'EMC-CSRF-TOKEN',
      values: (session) => [`session-${session}`, `token-${session}`],
      life: 7,
      gone: [
        (response) => sendJson(response, 401, errorBody(401, 131_149_852, 'Unauthorized')),
        (response) => response.writeHead(302, { location: '/cas/login' }).end(),
        (response) => response.writeHead(403, HTML).end('<html>Forbidden</html>'),
      ],
      locked: (response) =>
        sendJson(response, 403, errorBody(403, 131_149_900, 'The user account is locked.')),
      wrongPassword: (response) =>
        response.writeHead(401, HTML).end('<html>HTTP Status 401 - Unauthorized</html>'),
      loggedOut: (response) => sendJson(response, 200, { logoutOK: 'true' }),
    },
    scenario,
    stats,
  );
  return {
    ...sessions,
    admit: (request, response) =>
      request.headers['x-emc-rest-client'] === 'true'
        ? sessions.admit(request, response)
        : sessions.refuse(response),
  };
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
