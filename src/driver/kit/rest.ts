/** A REST interface: one session, its renewal, patience and repetitions, by the vendor's own words. */
import type { HttpsAccess } from '../access.ts';
import type { DriverContext } from '../driver.ts';
import { AccessDenied, BackendError, LoginRefused } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { HttpClient, HttpOptions, HttpRequest, HttpResponse } from '../transports.ts';
import { plainAnswers, toError, type Answer } from './answers.ts';
import { createCookieJar, type CookieJar } from './cookies.ts';
import { createAllowance, persist, type Allowance } from './persist.ts';
import { createRenewal } from './renewal.ts';

const LOGOUT_TIMEOUT_MS = 5_000;

export interface RestRequest extends HttpRequest {
  /** A POST that changes nothing: it may be repeated like a GET. */
  readonly reads?: boolean;
  /** Answered to anybody: it proves nothing about the credentials that go with each request. */
  readonly anyone?: boolean;
  /** A good answer may have no content. */
  readonly silent?: boolean;
}

/** One answer with what it means. */
export interface Exchanged {
  readonly response: HttpResponse;
  readonly answer: Answer;
}

/** Sends outside of any session; waits while the array is busy, repeats nothing else. */
export type Exchange = (request: RestRequest) => Promise<Exchanged>;

/** What a session of this vendor is made of. */
export interface RestSession<S> {
  /**
   * Logs in. Cookies of the answers are kept by the client.
   * @throws AuthenticationFailed if the login is refused (`granted` does).
   */
  readonly open: (exchange: Exchange) => Promise<S>;
  /** Logs out; what it throws is of no interest. */
  readonly close?: (exchange: Exchange, session: S) => Promise<unknown>;
  /** The request as it is sent in the session: a header, a path. */
  readonly sign: (request: RestRequest, session: S) => RestRequest;
}

export interface RestOptions<S> extends HttpOptions {
  /** What an answer means; without it what HTTP says, with JSON bodies. */
  readonly answers?: (response: HttpResponse) => Answer;
  /** Absent: each request carries its credentials (`headers`). */
  readonly session?: RestSession<S>;
}

export interface RestClient<S = undefined> {
  readonly origin: string;
  /** The session, renewed if it has gone. */
  login(): Promise<S>;
  /**
   * The content of a good answer.
   * @throws the errors of the contract, with the vendor's words; `Refused` and `Gone` where the vendor
   *   says so; AccessDenied if a new session is refused, too.
   */
  get(path: string, query?: HttpRequest['query']): Promise<unknown>;
  send(request: RestRequest): Promise<unknown>;
  /** Logs out and closes the connections. */
  close(): Promise<void>;
}

interface Opened<S> {
  readonly value: S;
  readonly jar: CookieJar;
  /** A request has been answered in it. */
  accepted: boolean;
}

/**
 * Makes the client and, where there are sessions, logs in.
 * @throws AuthenticationFailed, BackendUnreachable, BackendTimeout.
 */
export async function openRest<S = undefined>(
  context: DriverContext,
  access: HttpsAccess,
  options: RestOptions<S>,
): Promise<RestClient<S>> {
  const http = await context.http(access, options);
  const answers = options.answers ?? plainAnswers;
  const allowance = createAllowance();
  const { session } = options;
  /** Kinds of requests that have been answered: that one of them is absent is a fault from then on. */
  const answered = new Set<string>();
  const { pause } = context;
  const exchanging = (jar: CookieJar) => exchangeOn({ http, answers, allowance, pause }, jar);
  let accepted = session !== undefined;

  const renewal = createRenewal<Opened<S>>(
    async () => {
      const jar = createCookieJar();
      const value = await session?.open(exchanging(jar));
      return { value: value as S, jar, accepted: false };
    },
    async ({ value, jar }) => {
      await session?.close?.(exchanging(jar), value);
    },
  );

  async function askIn(used: Opened<S>, request: RestRequest): Promise<Answer> {
    const signed = session ? session.sign(request, used.value) : request;
    const { answer } = await ask(http, answers, used.jar, signed);
    if (answer.meaning !== 'expired') {
      used.accepted = true;
      renewal.accepted();
    }
    if (answer.meaning === 'ok') answered.add(kindOf(request));
    // A stale cookie must not outweigh the credentials.
    if (answer.meaning === 'expired' && !session) used.jar.clear();
    if (answer.meaning === 'ok' || !isAbsent(answer) || answered.has(kindOf(request)))
      return answer;
    return { ...answer, meaning: 'unsupported' };
  }

  async function send(request: RestRequest): Promise<unknown> {
    let used = await renewal.current();
    const first = used;
    let again = false;
    const what = nameOf(request);
    try {
      const body = await persist({
        what,
        ask: async () => {
          used = await renewal.current();
          return await askIn(used, request);
        },
        repeatable: request.reads ?? (request.method ?? 'GET') === 'GET',
        allowance,
        pause,
        // Without a session the credentials go with each request: once they were good, once more.
        renew: async () => {
          if (!session) return accepted && !again && (again = allowance.take());
          // A new session that has answered nobody was no help.
          return (used === first || used.accepted) && (await renewal.renew(used));
        },
        inVain: () => renewal.inVain(),
      });
      accepted ||= !request.anyone;
      return body;
    } catch (error) {
      if (!(error instanceof AccessDenied) || accepted) throw error;
      throw new LoginRefused(refusalOf(http.origin, access, error));
    }
  }

  try {
    if (session) await renewal.current();
  } catch (error) {
    await http.close();
    throw error;
  }

  return {
    origin: http.origin,
    login: async () => (await renewal.current()).value,
    get: (path, query) => send({ path, ...(query ? { query } : {}) }),
    send,
    async close() {
      try {
        const last = await renewal.end();
        if (last) await session?.close?.(exchanging(last.jar), last.value);
      } catch (error) {
        context.log.debug(
          { err: error },
          'logging out failed; the array ends the session when idle',
        );
      } finally {
        await http.close();
      }
    },
  };
}

function refusalOf(origin: string, access: HttpsAccess, { message }: AccessDenied): string {
  const who = 'username' in access ? `user ${String(access.username)}` : 'the credentials';
  return `${origin} refuses ${who}: ${message}; correct the account before the next try`;
}

/** Words that make a complaint about a login one about the account, not about the array. */
const ABOUT_ACCOUNT =
  /password|credential|log ?in|user ?name|account|locked|expired|unauthori[sz]ed/i;

/**
 * The content of the answer to a login. `reasons`: what the vendor's codes mean, in plain words.
 * @throws AuthenticationFailed if it is a refusal; else the contract's error.
 */
export function granted(
  { answer }: Exchanged,
  where: string,
  user: string,
  reasons: Readonly<Record<string, string>> = {},
): unknown {
  if (answer.meaning === 'ok') return answer.body;
  const { meaning, code } = answer;
  const refused =
    meaning === 'expired' ||
    meaning === 'denied' ||
    (meaning !== 'busy' && ABOUT_ACCOUNT.test(answer.text));
  if (!refused) throw toError(answer, `${where}: login`);
  const reason = reasons[code] ?? (answer.text.trim().slice(0, 300) || 'no reason given');
  throw new LoginRefused(
    `${where} refused the login of user ${user}: ${reason} (${code}); correct the account before the next try`,
  );
}

/** The header of a request that carries its credentials (Basic). */
export function basicCredentials({ username, password }: Credentials): {
  readonly authorization: string;
} {
  const pair = Buffer.from(`${username}:${password.reveal()}`);
  return { authorization: `Basic ${pair.toString('base64')}` };
}

interface Credentials {
  readonly username: string;
  readonly password: Secret;
}

type Headers = Readonly<Record<string, string>>;

/**
 * Headers of a session that a login with `credentials` has opened: the token that the answer has in its
 * header `name`, and the credentials themselves where the array sets no cookie: it wants them each time.
 */
export function sessionHeaders(
  { response }: Exchanged,
  credentials: Headers,
  name: string,
): Headers {
  const token = response.headers[name];
  return {
    ...(response.setCookies.length > 0 ? {} : credentials),
    ...(token ? { [name]: token } : {}),
  };
}

/** The request with these headers, too: `sign` of sessions that are some headers. */
export function withHeaders(request: RestRequest, headers: Headers): RestRequest {
  return { ...request, headers: { ...request.headers, ...headers } };
}

interface Means {
  readonly http: HttpClient;
  readonly answers: (response: HttpResponse) => Answer;
  readonly allowance: Allowance;
  readonly pause: (ms: number) => Promise<void>;
}

function exchangeOn({ http, answers, allowance, pause }: Means, jar: CookieJar): Exchange {
  return async (request) => {
    let last: Exchanged | undefined;
    try {
      await persist({
        what: nameOf(request),
        ask: async () => {
          const bounded = request.method === 'DELETE' ? LOGOUT_TIMEOUT_MS : undefined;
          const timed = bounded === undefined ? request : { timeoutMs: bounded, ...request };
          last = await ask(http, answers, jar, timed);
          // What it means is for the caller to say; only a busy array is asked again.
          return last.answer.meaning === 'busy' ? last.answer : { meaning: 'ok', body: undefined };
        },
        repeatable: false,
        allowance,
        pause,
      });
    } catch (error) {
      if (!last || !(error instanceof BackendError)) throw error;
    }
    return last as Exchanged;
  };
}

async function ask(
  http: HttpClient,
  answers: (response: HttpResponse) => Answer,
  jar: CookieJar,
  request: RestRequest,
): Promise<Exchanged> {
  const { reads: _, anyone: __, silent, ...plain } = request;
  const cookie = jar.header();
  const response = await http.request({
    ...plain,
    headers: { ...(cookie === undefined ? {} : { cookie }), ...request.headers },
  });
  const isSilent = silent === true && response.status < 300 && response.body.length === 0;
  const answer: Answer = isSilent ? { meaning: 'ok', body: undefined } : answers(response);
  if (answer.meaning !== 'expired') jar.keep(response.setCookies);
  return { response, answer };
}

/** Statuses by which a server without a resource, or without this way of asking, says so. */
const ABSENT: ReadonlySet<number | undefined> = new Set([404, 405, 501]);

/** What is gone has been there: where nothing of the kind ever was, the array lacks it. */
function isAbsent(answer: Answer): boolean {
  if (answer.meaning === 'ok') return false;
  return answer.meaning === 'gone' || (answer.meaning === 'fault' && ABSENT.has(answer.status));
}

/** Requests that differ in ids only are of one kind. */
function kindOf({ method = 'GET', path }: RestRequest): string {
  return `${method} ${(path.split('?', 1)[0] ?? path).replaceAll(/[0-9a-f-]{8,}|\d+/gi, '#')}`;
}

function nameOf({ method = 'GET', path }: RestRequest): string {
  return `${method} ${path.split('?', 1)[0] ?? path}`;
}
