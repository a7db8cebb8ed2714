/** Sessions: Basic to open one, a token for everything else, at most 64, and how they end. */
import { randomBytes } from 'node:crypto';
import type { ServedRequest } from '../../kit/http-server.ts';
import type { Scenario, SimulatorStats } from '../../kit/simulator.ts';
import { ok, refuse, type Answer } from './api.ts';

const MOST_SESSIONS = 64;
/** Requests a session lives for in the scenario `expired`. */
const SHORT_LIFE = 6;

interface Session {
  readonly id: number;
  readonly token: string;
  requests: number;
  stuck: boolean;
}

export interface Sessions {
  /** The answer, if the request is about sessions or isn't allowed without one. */
  handle(request: ServedRequest, root: string): Answer | undefined;
  /** Whether user and password came with the request and are right. */
  knows(request: ServedRequest): boolean;
  expire(): void;
  /** From now on the open sessions are in use for ever. */
  jam(): void;
}

export function createSessions(
  scenario: Scenario,
  stats: SimulatorStats,
  credentials: string,
): Sessions {
  const open = new Map<number, Session>();
  let lastId = 0;
  let expired = 0;
  const granted = `Basic ${Buffer.from(credentials).toString('base64')}`;

  function end(session: Session): void {
    if (open.delete(session.id)) stats.openSessions -= 1;
  }

  function login(request: ServedRequest): Answer {
    stats.logins += 1;
    if (scenario === 'locked') {
      return refuse(401, 'The user authentication failed. The user account is locked.');
    }
    if (scenario === 'badpassword' || request.headers.authorization !== granted) {
      return refuse(401, 'The user authentication failed.');
    }
    if (open.size >= MOST_SESSIONS)
      return refuse(503, 'The number of sessions reached its maximum.');
    lastId += 1;
    const session = {
      id: lastId,
      token: randomBytes(16).toString('hex'),
      requests: 0,
      stuck: false,
    };
    open.set(session.id, session);
    stats.openSessions += 1;
    stats.maxOpenSessions = Math.max(stats.maxOpenSessions, stats.openSessions);
    return ok({ token: session.token, sessionId: session.id });
  }

  /** The API says it with 401; some versions with 403, and one with 400 and this text. */
  function lost(): Answer {
    expired += 1;
    const message = 'The specified token is invalid.';
    return refuse([401, 403, 400][expired % 3] ?? 401, message);
  }

  function find(request: ServedRequest): Session | undefined {
    const token = /^Session (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    return [...open.values()].find((session) => session.token === token);
  }

  return {
    handle(request, root) {
      if (request.path === `${root}/sessions` && request.method === 'POST') return login(request);
      // The API also takes user and password with each request.
      if (request.headers.authorization === granted) return undefined;
      if (request.headers.authorization === undefined)
        return refuse(401, 'The Authorization header is missing.');
      const session = find(request);
      if (session && scenario === 'expired') {
        session.requests += 1;
        if (session.requests > SHORT_LIFE) end(session);
      }
      if (!session || !open.has(session.id)) return lost();
      const id = /\/sessions\/(\d+)$/.exec(request.path)?.[1];
      if (id === undefined) {
        return session.stuck ? refuse(409, 'The session is being used.') : undefined;
      }
      if (Number(id) !== session.id) return refuse(403, 'The session belongs to another user.');
      if (request.method === 'DELETE') {
        end(session);
        stats.logouts += 1;
        return ok({});
      }
      return ok({
        sessionId: session.id,
        userId: 'monitor',
        lastAccessedTime: '2026-11-20T12:00:00Z',
      });
    },
    knows: (request) => request.headers.authorization === granted,
    jam() {
      for (const session of open.values()) session.stuck = true;
    },
    expire() {
      for (const session of open.values()) end(session);
    },
  };
}
