/** The session with the array: cookies and CSRF token, renewed when the array says they are gone. */
import {
  AuthenticationFailed,
  isObject,
  retry,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type RestAccess,
} from 'delfin-agent/driver';
import { errorOf, failure, isBusy, isBusyError } from './answers.ts';

/** Reading it logs in (basic authentication) and answers with cookies and the CSRF token. */
const LOGIN_PATH = '/api/types/loginSessionInfo/instances';
const LOGOUT_PATH = '/api/types/loginSessionInfo/action/logout';
const TOKEN_HEADER = 'emc-csrf-token';
const REDIRECTED = new Set([301, 302, 303, 307]);

export interface UnitySession {
  /** Sends within the session; logs in anew, once, if the array no longer knows it. */
  send(request: HttpRequest): Promise<HttpResponse>;
  logIn(): Promise<void>;
  logOut(): Promise<void>;
}

/** What the array gave at login. Replaced, never edited, but for refreshed cookies. */
interface Login {
  readonly cookies: Map<string, string>;
  readonly token: string | undefined;
  readonly mustChangePassword: boolean;
}

export function createSession(http: HttpClient, access: RestAccess): UnitySession {
  let login: Login | undefined;
  let renewing: Promise<Login> | undefined;
  /** Once refused, never tried again by this session: repeated attempts lock the account. */
  let refused: AuthenticationFailed | undefined;
  /** Paths that a fresh session may not use either: no further login for them. */
  const forbidden = new Set<string>();

  async function logIn(): Promise<Login> {
    const headers = { authorization: basicOf(access) };
    const response = await patiently(http, { path: LOGIN_PATH, headers });
    if (response.status === 401 || response.status === 403) {
      refused = new AuthenticationFailed(
        `${http.origin} refused user ${access.username} (${errorOf(response).message}); check the password, and in Unisphere whether the account is locked or its password has expired`,
      );
      throw refused;
    }
    if (response.status !== 200) throw failure(response, `${http.origin}${LOGIN_PATH}`);
    return readLogin(response);
  }

  /** One login at a time; a session that another call has renewed meanwhile is taken as it is. */
  async function renew(stale: Login | undefined): Promise<Login> {
    if (refused) throw refused;
    if (login && login !== stale) return login;
    renewing ??= logIn().finally(() => {
      renewing = undefined;
    });
    login = await renewing;
    return login;
  }

  async function sendAs(session: Login, request: HttpRequest): Promise<HttpResponse> {
    const cookie = Array.from(session.cookies, ([name, value]) => `${name}=${value}`).join('; ');
    const response = await patiently(http, {
      ...request,
      headers: {
        // An array that sets no cookie wants the credentials with every request.
        ...(cookie ? { cookie } : { authorization: basicOf(access) }),
        ...(session.token ? { [TOKEN_HEADER]: session.token } : {}),
        ...request.headers,
      },
    });
    if (response.status < 300) keepCookies(session.cookies, response.setCookies);
    return response;
  }

  /** A fresh session is refused, too: it was not the session. */
  function judge(response: HttpResponse, request: HttpRequest, session: Login): void {
    if (response.status === 401) {
      throw new AuthenticationFailed(
        `${http.origin} accepts the login of ${access.username}, but not its session`,
      );
    }
    if (response.status !== 403) return;
    if (session.mustChangePassword) {
      throw new AuthenticationFailed(
        `${http.origin}: the password of ${access.username} must be changed in Unisphere first`,
      );
    }
    forbidden.add(request.path);
  }

  return {
    async send(request) {
      const session = await renew(undefined);
      const response = await sendAs(session, request);
      if (!isSessionGone(response, forbidden.has(request.path))) return response;
      const fresh = await renew(session);
      const second = await sendAs(fresh, request);
      judge(second, request, fresh);
      return second;
    },
    async logIn() {
      await renew(undefined);
    },
    async logOut() {
      const open = login;
      login = undefined;
      if (!open) return;
      await sendAs(open, { method: 'POST', path: LOGOUT_PATH, json: {}, timeoutMs: 5_000 });
    },
  };
}

/** Sends; asks again while the array says that it is busy. */
function patiently(http: HttpClient, request: HttpRequest): Promise<HttpResponse> {
  return retry({ attempts: 5, delayMs: 200, again: isBusyError }, async () => {
    const response = await http.request(request);
    if (isBusy(response)) throw failure(response, `${http.origin}${request.path}`);
    return response;
  });
}

function basicOf({ username, password }: RestAccess): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

function readLogin(response: HttpResponse): Login {
  const cookies = new Map<string, string>();
  keepCookies(cookies, response.setCookies);
  const token = response.headers[TOKEN_HEADER];
  // Without cookie and token the body must show that this is the API at all.
  const body = cookies.size > 0 || token !== undefined ? tolerantBody(response) : response.json();
  const entries = isObject(body) && Array.isArray(body['entries']) ? body['entries'] : [];
  const [entry] = entries.filter(isObject);
  const content = isObject(entry?.['content']) ? entry['content'] : {};
  return { cookies, token, mustChangePassword: content['isPasswordChangeRequired'] === true };
}

function tolerantBody(response: HttpResponse): unknown {
  try {
    return response.json();
  } catch {
    return undefined;
  }
}

function keepCookies(jar: Map<string, string>, written: readonly string[]): void {
  for (const cookie of written) {
    const [pair = ''] = cookie.split(';', 1);
    const cut = pair.indexOf('=');
    if (cut > 0) jar.set(pair.slice(0, cut).trim(), pair.slice(cut + 1).trim());
  }
}

/** 401, a redirect to the login page, or 403 (also said of a stale CSRF token). */
function isSessionGone(response: HttpResponse, isForbidden: boolean): boolean {
  if (response.status === 401 || REDIRECTED.has(response.status)) return true;
  return response.status === 403 && !isForbidden;
}
