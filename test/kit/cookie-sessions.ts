/** Sessions of arrays that open one for any request with Basic credentials: a cookie, and a token against forged writes. */
import type { ServerResponse } from 'node:http';
import type { ServedRequest } from './http-server.ts';
import { basicOf, type Scenario, type SimulatorStats } from './simulator.ts';

type Say = (response: ServerResponse) => unknown;

/** How an array speaks of its sessions. */
export interface SessionWords {
  readonly username: string;
  readonly cookie: string;
  /** Attributes of the cookie, and the other cookies that come with it. */
  readonly attributes: string;
  readonly others?: readonly string[];
  /** Header of the token. */
  readonly token: string;
  /** Values of the cookie and the token of a session. */
  readonly values: (session: number) => readonly [cookie: string, token: string];
  /** Requests that a session lasts in the scenario `expired`. */
  readonly life: number;
  /** The ways in which the array says that there is no session, one after the other. */
  readonly gone: readonly Say[];
  /** The token is missing or wrong; as if there were no session if absent. */
  readonly forged?: Say;
  readonly locked: Say;
  readonly wrongPassword: Say;
  readonly loggedOut: Say;
}

export interface Sessions {
  /** Lets the request pass, or answers it. */
  admit(request: ServedRequest, response: ServerResponse): boolean;
  /** Answers that there is no session. */
  refuse(response: ServerResponse): false;
  logOut(request: ServedRequest, response: ServerResponse): void;
  forget(): void;
}

export function createCookieSessions(
  words: SessionWords,
  scenario: Scenario,
  stats: SimulatorStats,
): Sessions {
  /** Cookie -> token. */
  const open = new Map<string, string>();
  const tokenHeader = words.token.toLowerCase();
  let made = 0;
  let left = words.life;
  let refusals = 0;

  const cookieOf = ({ headers }: ServedRequest) =>
    new RegExp(`${words.cookie}=([^;]+)`).exec(headers.cookie ?? '')?.[1] ?? '';
  const count = () => {
    stats.openSessions = open.size;
    stats.maxOpenSessions = Math.max(stats.maxOpenSessions, open.size);
  };
  const answer = (say: Say, response: ServerResponse): false => {
    say(response);
    return false;
  };

  function refuse(response: ServerResponse): false {
    refusals += 1;
    words.gone[refusals % words.gone.length]?.(response);
    return false;
  }

  function logIn({ headers }: ServedRequest, response: ServerResponse): boolean {
    stats.logins += 1;
    if (scenario === 'locked') return answer(words.locked, response);
    if (scenario === 'badpassword' || headers.authorization !== basicOf(words.username)) {
      return answer(words.wrongPassword, response);
    }
    made += 1;
    const [cookie, token] = words.values(made);
    open.set(cookie, token);
    count();
    left = words.life;
    const { others = [] } = words;
    response.setHeader('set-cookie', [`${words.cookie}=${cookie}; ${words.attributes}`, ...others]);
    response.setHeader(words.token, token);
    return true;
  }

  return {
    refuse,
    admit(request, response) {
      const cookie = cookieOf(request);
      const token = open.get(cookie);
      if (token === undefined) {
        return request.headers.authorization ? logIn(request, response) : refuse(response);
      }
      if (scenario === 'expired') left -= 1;
      if (left < 0) {
        open.delete(cookie);
        count();
        return refuse(response);
      }
      if (request.method === 'GET' || request.headers[tokenHeader] === token) return true;
      return words.forged ? answer(words.forged, response) : refuse(response);
    },
    logOut(request, response) {
      if (open.delete(cookieOf(request))) stats.logouts += 1;
      count();
      words.loggedOut(response);
    },
    forget() {
      open.clear();
      count();
    },
  };
}
