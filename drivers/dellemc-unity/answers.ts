/** What the array says when it does not do what was asked. */
import {
  BackendError,
  isObject,
  NotSupported,
  number,
  text,
  type HttpResponse,
} from 'delfin-agent/driver';

/** Error 0x7d13005: the requested resource does not exist. */
const NO_SUCH_RESOURCE = '0x7d13005';
const BUSY = new Set([429, 503]);
const UNSUPPORTED_STATUS = new Set([404, 405, 501]);

export function isBusy(response: HttpResponse): boolean {
  return BUSY.has(response.status);
}

export function isBusyError(error: unknown): boolean {
  return error instanceof BackendError && BUSY.has(Number(error.code));
}

/** The array answered, and does not do it: not for a fault that passes. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof NotSupported) return true;
  return error instanceof BackendError && !/^(5\d\d|429)$/.test(error.code);
}

export interface ArrayError {
  /** As the array's documents write it, for example 0x7d13005; or the HTTP status. */
  readonly code: string;
  readonly message: string;
}

export function errorOf(response: HttpResponse): ArrayError {
  const status = `HTTP ${response.status}`;
  let body: unknown;
  try {
    body = response.json();
  } catch {
    return { code: String(response.status), message: status };
  }
  const error = isObject(body) && isObject(body['error']) ? body['error'] : {};
  const code = number(error['errorCode']);
  const messages = Array.isArray(error['messages']) ? error['messages'] : [];
  const [first] = messages.filter(isObject);
  return {
    code: code === undefined ? String(response.status) : `0x${code.toString(16)}`,
    message: text(first?.['en-US'] ?? Object.values(first ?? {})[0]) ?? status,
  };
}

/** An error of a reading request: what the array lacks is `NotSupported`. */
export function refusal(response: HttpResponse, where: string): Error {
  const { code, message } = errorOf(response);
  const lacking =
    UNSUPPORTED_STATUS.has(response.status) ||
    code === NO_SUCH_RESOURCE ||
    /licen[cs]e|not supported|unsupported/i.test(message);
  if (lacking) return new NotSupported(`${where}: ${message}`);
  if (response.status === 403) {
    return new NotSupported(`${where}: ${message}; the account's role may not read it`);
  }
  return failure(response, where);
}

/** A fault of the array's own (5xx) and "busy" keep their status as code, others the array's code. */
export function failure(response: HttpResponse, where: string): BackendError {
  const { code, message } = errorOf(response);
  const isFault = response.status >= 500 || isBusy(response);
  return new BackendError(isFault ? response.status : code, `${where}: ${message} (${code})`);
}
