/** What a Unisphere answer means. Its complaints are sentences without codes. */
import {
  answersOf,
  BackendError,
  Gone,
  isObject,
  jsonIn,
  NotSupported,
  text,
  type Complaint,
  type HttpResponse,
} from 'delfin-agent/driver';

export const answers = answersOf({
  complaint,
  texts: {
    // No such path in this version of the API, a feature that the array or its licence lacks.
    unsupported:
      /RESTEASY\d+|could not find resource for|not\s+supported|unsupported|licen[sc]ed?\b|is not available (on|for) this/i,
    busy: /\bbusy\b|try again/i,
    // "Invalid metric for FEDirector: PercentReadReqHit"
    refused: /invalid (metric|filter|select|attribute)|unknown (attribute|field)/i,
  },
});

function complaint(response: HttpResponse): Complaint | undefined {
  const { status } = response;
  const body = jsonIn(response);
  // An object has a field `message` among others; a complaint has nothing else.
  if (!isObject(body) || (status < 400 && Object.keys(body).length > 1)) return undefined;
  const { message } = body;
  const said = text(Array.isArray(message) ? message.join('; ') : message);
  return said === undefined ? undefined : { code: String(status), text: said };
}

/** A status by which a server says that there is nothing, at the end of a message. */
const MISSING = /HTTP (404|405|501)\)?$/;

export function isMissing(error: unknown): error is NotSupported | BackendError {
  const told = error instanceof NotSupported || error instanceof BackendError;
  return told && MISSING.test(error.message);
}

/** Without a word it may be anybody's: a proxy in front of the server says so, too. */
export function isWordless({ message }: Error): boolean {
  return /: HTTP \d+$/.test(message);
}

/** Asks for what was listed a moment ago: that it is missing is no word about the server's abilities. */
export async function listed<T>(ask: () => Promise<T>, Missing = BackendError): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isMissing(error)) throw error;
    const Kind = isWordless(error) ? BackendError : Missing;
    throw new Kind('404', error.message, { cause: error });
  }
}

/** Asks for one object of a list: it may have gone since, if the server says so in its own words. */
export const listedObject = <T>(ask: () => Promise<T>) => listed(ask, Gone);
