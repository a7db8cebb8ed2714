/** What a DeviceManager answer means. Nearly all are HTTP 200; the `error` object tells. */
import {
  AuthenticationFailed,
  BackendError,
  InvalidResponse,
  isObject,
  NotSupported,
  object,
  signed,
  text,
  type Foreign,
  type HttpResponse,
} from 'delfin-agent/driver';

export interface Answer {
  /** 0 is success. */
  readonly code: number;
  readonly description: string;
  /** Absent where a list is empty or a command has nothing to say. */
  readonly data: unknown;
}

/** The session is gone: unauthorised, connection of the session lost, user offline. */
const EXPIRED = new Set([-401, -403, 1077949069]);
/** System busy, another operation is running, message timed out. */
const BUSY = new Set([1077949006, 1077948995, 1077949001]);
/** Wrong parameter: also what a firmware answers for an object type or a range it doesn't know. */
const WRONG_PARAMETER = 50331651;
/** The object or its type doesn't exist; no licence for the feature. */
const UNSUPPORTED = new Set([WRONG_PARAMETER, 1077948996, 1077950233, 1073806606]);
const UNSUPPORTED_TEXT =
  /not\s+supported|unsupported|does\s?n[o']t\s+support|licen[cs]e|no such (url|interface)|(url|interface|resource) (does not exist|not found)/i;

const REFUSED_LOGIN: Readonly<Record<string, string>> = {
  '1077949061': 'the user name or password is wrong',
  '1077949081': 'the user name or password is wrong',
  '1077987870': 'the user name or password is wrong',
  '1077949070': 'the account is locked',
  '1077987871': 'the account is locked',
  '1077949071': "this agent's address is locked after too many failed logins",
};

/** States in which a login succeeds but the account may do nothing else. */
const UNUSABLE_ACCOUNT: Readonly<Record<string, string>> = {
  '3': 'its password has expired',
  '4': 'its initial password must be changed',
  '6': 'its password must be changed at the next login',
  '8': 'it needs a one-time password by e-mail',
  '9': 'its password must be initialised',
  '10': 'it needs a RADIUS one-time password',
  '11': 'it needs a RADIUS challenge response',
};

/** Reads an answer. @throws InvalidResponse, and errors of the HTTP statuses without error object. */
export function readAnswer(response: HttpResponse, what: string): Answer {
  const { status } = response;
  if (status === 401) return { code: -401, description: 'HTTP 401', data: undefined };
  if (status === 429 || status === 503) return { code: 1077949006, description: `HTTP ${status}`, data: undefined }; // prettier-ignore
  if (status === 404 || status === 405 || status === 501) {
    throw new NotSupported(`${what}: the array has no such interface (HTTP ${status})`);
  }
  if (status >= 400) return refusal(response, what);
  if (status >= 300) throw new InvalidResponse(`${what}: unexpected redirect (HTTP ${status})`);
  const body = object(response.json(), what);
  const error = object(body['error'], `${what}: error`);
  const code = signed(error['code']);
  if (code === undefined) throw new InvalidResponse(`${what}: the error object has no code`);
  return { code, description: text(error['description']) ?? '', data: body['data'] };
}

/** Some firmwares put an error object into answers of an HTTP status, too. */
function refusal(response: HttpResponse, what: string): Answer {
  const told = `${what}: HTTP ${response.status}`;
  const error = errorObject(response);
  const code = signed(error?.['code']);
  if (!code) throw new BackendError(response.status, told);
  return { code, description: text(error?.['description']) ?? told, data: undefined };
}

function errorObject(response: HttpResponse): Foreign | undefined {
  if (!response.text().trimStart().startsWith('{')) return undefined;
  const body = response.json();
  const error = isObject(body) ? body['error'] : undefined;
  return isObject(error) ? error : undefined;
}

const FAULT_TEXT = /internal|system (error|fault)|time[sd]?\s?out|busy|try again|later/i;

/** A fault that may pass, or a busy array: not what it says of things that it does not have or allow. */
export function isFault({ code, message }: BackendError): boolean {
  return /^(5\d\d|429)$/.test(code) || BUSY.has(Number(code)) || FAULT_TEXT.test(message);
}

export const isExpired = (answer: Answer): boolean => EXPIRED.has(answer.code);
export const isBusy = (answer: Answer): boolean => BUSY.has(answer.code);

/** The contract's error for an answer that is neither success nor an expired session. */
export function vendorError(answer: Answer, what: string): Error {
  const { code, description } = answer;
  const told = `${what}: ${description || 'no description'} (error ${code})`;
  if (UNSUPPORTED.has(code) || UNSUPPORTED_TEXT.test(description)) return new NotSupported(told);
  return new BackendError(code, told);
}

/** @throws AuthenticationFailed, or BackendError if the array was too busy to look. */
export function checkLogin(answer: Answer): Foreign {
  if (isBusy(answer)) throw vendorError(answer, 'login');
  if (answer.code !== 0) {
    const reason = REFUSED_LOGIN[String(answer.code)] ?? (answer.description || 'no reason given');
    throw new AuthenticationFailed(
      `the array refused the login: ${reason} (error ${answer.code}); correct the account before the next try`,
    );
  }
  if (!isObject(answer.data)) throw new InvalidResponse('login: the answer has no session');
  return answer.data;
}

/** Why the account of a fresh session is of no use, if it is so. */
export function unusableAccount(login: Foreign): string | undefined {
  return UNUSABLE_ACCOUNT[text(login['accountstate']) ?? ''];
}

/** A list endpoint that knows no paging says so with a wrong parameter. */
export const refusesRange = (answer: Answer): boolean => answer.code === WRONG_PARAMETER;
