/** The API's conventions: credentials, containers, and what status and error object mean. */
import {
  AuthenticationFailed,
  BackendError,
  InvalidResponse,
  isObject,
  list,
  NotSupported,
  object,
  text,
  type Foreign,
  type HttpResponse,
  type RestAccess,
} from 'delfin-agent/driver';

/** 409: a resource is in use; 503: too many sessions or requests; 502, 504: the server behind is restarting. */
const BUSY_STATUS = new Set([409, 429, 502, 503, 504]);
/** "The REST API server is busy" comes with status 500 or 503. */
const BUSY_MESSAGES = new Set(['KART00003-E']);
/** Resources locked by another program. */
const LOCKED_MESSAGES = new Set(['KART40050-E', 'KART40051-E', 'KART40052-E']);
const ABSENT_STATUS = new Set([404, 405, 501]);
const UNSUPPORTED = /not (be )?supported|unsupported|licen[sc]e|program product|cannot be used/i;
const LOST_SESSION = /token is invalid|session .*(invalid|expired|timed ?out|not (exist|found))/i;

/** `{ data: [...] }`; some answers are the bare list, an empty object has no members. */
export function members(body: unknown, what: string): readonly Foreign[] {
  if (Array.isArray(body)) return list(body, what);
  const container = object(body, what);
  if (container['data'] !== undefined && container['data'] !== null) {
    return list(container['data'], `${what}: data`);
  }
  if (Object.keys(container).every((key) => key === 'data')) return [];
  throw new InvalidResponse(`${what}: the answer has no list "data"`);
}

/** The API's own authentication before there is a session. */
export function basic(access: RestAccess): { authorization: string } {
  const credentials = Buffer.from(`${access.username}:${access.password.reveal()}`, 'utf8');
  return { authorization: `Basic ${credentials.toString('base64')}` };
}

export interface VendorError {
  readonly messageId: string | undefined;
  readonly message: string | undefined;
  readonly solution: string | undefined;
}

/** The error object, bare or below `error`; empty if the body is something else. */
export function errorOf(response: HttpResponse): VendorError {
  let body: unknown;
  try {
    body = response.json();
  } catch {
    return { messageId: undefined, message: undefined, solution: undefined };
  }
  const outer: Foreign = isObject(body) ? body : {};
  const error: Foreign = isObject(outer['error']) ? outer['error'] : outer;
  return {
    messageId: text(error['messageId']),
    message: text(error['message']),
    solution: text(error['solution']),
  };
}

export function isBusy(response: HttpResponse): boolean {
  if (response.status < 400) return false;
  if (BUSY_STATUS.has(response.status)) return true;
  const { messageId } = errorOf(response);
  return (
    messageId !== undefined && (BUSY_MESSAGES.has(messageId) || LOCKED_MESSAGES.has(messageId))
  );
}

/** 401 is a token that is no longer known; some versions say it with another status and this text. */
export function isSessionLost(response: HttpResponse): boolean {
  if (response.status === 401) return true;
  return response.status >= 400 && LOST_SESSION.test(errorOf(response).message ?? '');
}

export function toError(response: HttpResponse, what: string): Error {
  const { messageId, message = '' } = errorOf(response);
  const said = `${what}: ${describe(response)}`;
  if (response.status === 403) {
    return new NotSupported(`${said}; the account lacks the role for it, see the driver's README`);
  }
  if (ABSENT_STATUS.has(response.status) || (response.status >= 400 && UNSUPPORTED.test(message))) {
    return new NotSupported(said);
  }
  return new BackendError(messageId ?? response.status, said);
}

/** A job that ended without success. */
export function jobError(job: Foreign, what: string): Error {
  const error = isObject(job['error']) ? job['error'] : {};
  const state = text(job['state']) ?? 'Failed';
  const message = text(error['message']) ?? 'no reason given';
  return new BackendError(text(error['messageId']) ?? state, `${what}: ${state}: ${message}`);
}

/** A login that was refused: wrong password, locked or expired account, or no role at all. */
export function toLoginError(response: HttpResponse, where: string, username: string): Error {
  const said = `${where}: login refused for user ${username}: ${describe(response)}`;
  if (response.status === 401 || response.status === 403) return new AuthenticationFailed(said);
  return toError(response, where);
}

/** Seconds the server asks to wait, as ms. */
export function retryAfterMs(response: HttpResponse): number | undefined {
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

export function describe(response: HttpResponse): string {
  const { messageId, message, solution } = errorOf(response);
  const words = [messageId, message, solution].filter((word) => word !== undefined).join(' ');
  const status = `HTTP ${response.status}`;
  return words ? `${status} (${words.replace(/\s+/g, ' ').slice(0, 300)})` : status;
}
