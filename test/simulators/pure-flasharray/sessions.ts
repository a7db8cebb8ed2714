/** API tokens and sessions, and the ways in which the array says that it does not know one. */
import type { ServerResponse } from 'node:http';
import { sendJson, type ServedRequest } from '../../kit/http-server.ts';
import { CANARY_PASSWORD, type Scenario, type SimulatorStats } from '../../kit/simulator.ts';

/** Requests that a session lasts in the scenario `expired`. */
const LIFE = 7;

export interface Sessions {
  logIn(request: ServedRequest, response: ServerResponse): void;
  logOut(request: ServedRequest, response: ServerResponse): void;
  /** Lets the request pass, or answers it. */
  admit(request: ServedRequest, response: ServerResponse): boolean;
  /** The API token is no longer good; sessions end with it. */
  revoke(): void;
  forget(): void;
}

export function createSessions(scenario: Scenario, stats: SimulatorStats): Sessions {
  const open = new Set<string>();
  let made = 0;
  let left = LIFE;
  let isRevoked = false;

  const count = () => {
    stats.openSessions = open.size;
    stats.maxOpenSessions = Math.max(stats.maxOpenSessions, open.size);
  };
  const tokenOf = (request: ServedRequest) => String(request.headers['x-auth-token'] ?? '');

  return {
    logIn(request, response) {
      stats.logins += 1;
      if (scenario === 'locked') {
        sendJson(response, 401, errors('The user account is locked.'));
        return;
      }
      const isGood = request.headers['api-token'] === CANARY_PASSWORD && !isRevoked;
      if (scenario === 'badpassword' || !isGood) {
        sendJson(response, 400, errors('Unable to list user for API token.'));
        return;
      }
      made += 1;
      left = LIFE;
      const token = `7b1b42b9-0000-0000-0000-${String(made).padStart(12, '0')}`;
      open.add(token);
      count();
      sendJson(response, 200, { items: [{ username: 'monitor' }] }, { 'x-auth-token': token });
    },
    logOut(request, response) {
      if (open.delete(tokenOf(request))) stats.logouts += 1;
      count();
      response.writeHead(200).end();
    },
    admit(request, response) {
      const token = tokenOf(request);
      if (scenario === 'expired' && open.has(token)) {
        left -= 1;
        if (left < 0) open.delete(token);
      }
      count();
      if (open.has(token)) return true;
      sendJson(response, 401, errors('Invalid session.'));
      return false;
    },
    revoke() {
      isRevoked = true;
      open.clear();
      count();
    },
    forget() {
      open.clear();
      count();
    },
  };
}

/** The array's form of a complaint. */
export function errors(message: string, context: string | null = null, minor = 0) {
  const where =
    minor >= 38 ? { location_context: { id: 'x', name: 'fa', resource_type: 'arrays' } } : {};
  return { errors: [{ context, message, ...where }] };
}
