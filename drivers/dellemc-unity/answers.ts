/** What an answer of Unisphere means: the `error` object has the array's own word. */
import {
  answersOf,
  isObject,
  number,
  object,
  text,
  type Answer,
  type Complaint,
  type Foreign,
  type HttpResponse,
} from 'delfin-agent/driver';

/** The login page in place of the API; 403 is also said of a stale CSRF token. */
const statuses = { 301: 'expired', 302: 'expired', 303: 'expired', 307: 'expired', 403: 'expired' } as const; // prettier-ignore

const refusing = answersOf({
  complaint,
  statuses,
  // Of 400 and 422 all else is a refusal of this very question: an attribute it does not know.
  texts: { unsupported: /licen[cs]e|not supported|unsupported/i },
  body: contentOf,
});
const failing = answersOf({ complaint, statuses });

/** What the array says while it fails is no refusal, whatever its words. */
export function answers(response: HttpResponse): Answer {
  return response.status >= 500 ? failing(response) : refusing(response);
}

function complaint(response: HttpResponse): Complaint | undefined {
  const error = errorOf(response);
  if (!error) return undefined;
  const { status } = response;
  const code = number(error['errorCode']);
  // "Does not exist" (0x7d13005) says the same of a type, an object and a page; a fault is a fault.
  const byStatus = code === undefined || status === 404 || status >= 500;
  const messages = Array.isArray(error['messages']) ? error['messages'] : [];
  const [first] = messages.filter(isObject);
  return {
    code: byStatus ? String(status) : `0x${code.toString(16)}`,
    text: text(first?.['en-US'] ?? Object.values(first ?? {})[0]) ?? '',
  };
}

function errorOf(response: HttpResponse): Foreign | undefined {
  try {
    const body = response.json();
    return isObject(body) && isObject(body['error']) ? body['error'] : undefined;
  } catch {
    return undefined;
  }
}

/** Commands may have nothing to say; a question is answered with an object. */
function contentOf(response: HttpResponse): unknown {
  if (response.status !== 200 && response.body.length === 0) return undefined;
  return object(response.json(), 'answer');
}
