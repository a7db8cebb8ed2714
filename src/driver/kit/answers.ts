/**
 * What an answer of an array means. One place decides what follows from a meaning; a driver gives its
 * vendor's codes and words as a table.
 */
import { AccessDenied, BackendError, NotSupported, SessionExpired } from '../errors.ts';
import type { HttpResponse } from '../transports.ts';

/**
 * - `expired`: the session is no longer known: a new one is opened once and the request repeated.
 * - `busy`: asked again after a pause, as long as the patience lasts.
 * - `denied`: the account may not read this.
 * - `unsupported`: the array, its firmware or its licence lacks the feature, in the vendor's own words.
 * - `refused`: the vendor refuses this very question (an unknown attribute, an impossible filter):
 *   another question may be asked instead.
 * - `gone`: the one object asked about no longer exists.
 * - `fault`: anything else: repeated once where the request changes nothing, then an error.
 */
export const MEANINGS = [
  'expired',
  'busy',
  'denied',
  'unsupported',
  'gone',
  'refused',
  'fault',
] as const;
export type Meaning = (typeof MEANINGS)[number];

/** What the vendor says in its own form. */
export interface Complaint {
  readonly code: string;
  readonly text: string;
}

export type Answer<T = unknown> =
  | { readonly meaning: 'ok'; readonly body: T }
  | (Complaint & {
      readonly meaning: Meaning;
      /** The HTTP status. */
      readonly status?: number;
      /** False: it is the status alone that says so, not the vendor in words of its own. */
      readonly inWords?: boolean;
      readonly waitMs?: number | undefined;
    });

/** There is no such resource; by its status only, not in the vendor's words. */
export class Absent extends NotSupported {}

/** The vendor refused this question: another one may be asked. */
export class Refused extends BackendError {}

/** The object asked about no longer exists. */
export class Gone extends BackendError {}

/** The array stayed busy for as long as patience lasted. */
export class Busy extends BackendError {}

/** No, to this very question; never a fault that passes. */
export function isRefusal(error: unknown): error is NotSupported | Refused {
  return error instanceof NotSupported || error instanceof Refused;
}

/** The same in the vendor's own words. */
export function isVendorsWord(error: unknown): error is NotSupported | Refused {
  return isRefusal(error) && !(error instanceof Absent);
}

type Code = string | number;

export interface VendorWords {
  /** The vendor's complaint in this answer; undefined where it has none in the vendor's form. Must not throw. */
  readonly complaint: (response: HttpResponse) => Complaint | undefined;
  /** Codes by meaning. */
  readonly codes?: { readonly [M in Meaning]?: readonly Code[] };
  /** Texts by meaning, for complaints whose code decides nothing; the first that matches holds. */
  readonly texts?: { readonly [M in Meaning]?: RegExp };
  /** Statuses that mean something else to this vendor than to HTTP. */
  readonly statuses?: Readonly<Record<number, Meaning>>;
  /** The answer's content; JSON if absent. @throws InvalidResponse */
  readonly body?: (response: HttpResponse) => unknown;
}

/**
 * How a vendor's answers are read. A status of 404, 405 or 501 without the vendor's own words is a
 * fault: whatever stands in front of the array says so, too (`openRest` takes it for `unsupported`
 * where nothing of the kind has ever been answered).
 * @returns a function that throws InvalidResponse for an answer that is broken.
 */
export function answersOf(words: VendorWords): (response: HttpResponse) => Answer {
  const byCode = new Map<string, Meaning>(
    MEANINGS.flatMap((meaning) =>
      (words.codes?.[meaning] ?? []).map((code) => [String(code), meaning] as const),
    ),
  );
  const byText = Object.entries(words.texts ?? {}) as [Meaning, RegExp][];
  return (received) => {
    const response = readOnce(received);
    const { status } = response;
    const complaint = words.complaint(response);
    const success = status >= 200 && status < 300;
    if (success && !complaint) return { meaning: 'ok', body: (words.body ?? jsonBody)(response) };
    const told = complaint ?? { code: String(status), text: '' };
    const meaning =
      (complaint &&
        (byCode.get(complaint.code) ??
          byText.find(([, pattern]) => pattern.test(complaint.text))?.[0])) ??
      words.statuses?.[status] ??
      meaningOfStatus(status, complaint !== undefined);
    const inWords = complaint !== undefined;
    return { meaning, ...told, status, inWords, waitMs: retryAfterMs(response) };
  };
}

/** Large bodies are parsed once, whoever looks at them. */
function readOnce(response: HttpResponse): HttpResponse {
  let parsed: { readonly value: unknown } | undefined;
  return {
    ...response,
    json: (mend) => (mend ? response.json(mend) : (parsed ??= { value: response.json() }).value),
  };
}

/** The JSON in an answer of any status, to look for a complaint in it; undefined where it has none. */
export function jsonIn(response: HttpResponse): unknown {
  try {
    return response.json();
  } catch {
    return undefined;
  }
}

/** Statuses as HTTP has them, JSON bodies, no vendor's words. */
export const plainAnswers = answersOf({ complaint: () => undefined });

function jsonBody(response: HttpResponse): unknown {
  return response.status === 204 ? undefined : response.json();
}

function meaningOfStatus(status: number, inVendorsWords: boolean): Meaning {
  if (status === 401) return 'expired';
  if (status === 403) return 'denied';
  if (status === 429 || status === 503) return 'busy';
  if (!inVendorsWords) return 'fault';
  if (status === 405 || status === 501) return 'unsupported';
  return status === 400 || status === 422 ? 'refused' : 'fault';
}

const STATUS = /^[45]\d\d$/;

/** The contract's error for an answer that is no success. */
export function toError(
  { meaning, code, text, inWords }: Exclude<Answer, { meaning: 'ok' }>,
  what: string,
) {
  const status = STATUS.test(code) ? `HTTP ${code}` : `error ${code}`;
  const said = text.replace(/\s+/g, ' ').trim().slice(0, 300);
  const told = `${what}: ${said === '' ? status : `${said} (${status})`}`;
  switch (meaning) {
    case 'expired':
      return new SessionExpired(told);
    case 'denied':
      return new AccessDenied(`${told}; the account may not read this, see the driver's README`);
    case 'unsupported':
      return inWords === false ? new Absent(told) : new NotSupported(told);
    case 'refused':
      return new Refused(code, told);
    case 'gone':
      return new Gone(code, told);
    case 'busy':
      return new Busy(code, `${told}; the array stays busy`);
    case 'fault':
      return new BackendError(code, told);
  }
}

/** Retry-After in seconds or as a date, else RateLimit-Reset, ms; undefined where there is neither. */
export function retryAfterMs({ headers }: HttpResponse): number | undefined {
  const written = headers['retry-after'] ?? headers['ratelimit-reset'];
  if (written === undefined) return undefined;
  const seconds = Number(written);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(written) - Date.now();
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}
