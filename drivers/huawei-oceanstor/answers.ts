/** What a DeviceManager answer means. Nearly all are HTTP 200; the `error` object tells. */
import {
  answersOf,
  InvalidResponse,
  isObject,
  object,
  signed,
  text,
  type Complaint,
  type Foreign,
  type HttpResponse,
} from 'delfin-agent/driver';

/** Wrong parameter: also what a firmware answers for an object type or a range it doesn't know. */
const WRONG_PARAMETER = 50331651;

export const answers = answersOf({
  complaint,
  codes: {
    // Unauthorised, connection of the session lost, user offline.
    expired: [-401, -403, 1077949069],
    // System busy, another operation is running, message timed out.
    busy: [1077949006, 1077948995, 1077949001],
    denied: [1077949061, 1077949081, 1077987870, 1077949070, 1077987871, 1077949071],
    // The object or its type doesn't exist; no licence for the feature.
    unsupported: [1077948996, 1077950233, 1073806606],
    refused: [WRONG_PARAMETER],
  },
  texts: {
    unsupported:
      /not\s+supported|unsupported|does\s?n[o']t\s+support|licen[cs]e|no such (url|interface)|(url|interface|resource) (does not exist|not found)/i,
    busy: /busy|try again|later/i,
    fault: /internal|system (error|fault)|time[sd]?\s?out/i,
    // Understood, and said no to.
    refused: /./,
  },
  body: dataOf,
});

/** Why a login is refused, where the code says more than the text. */
export const LOGIN_REFUSALS: Readonly<Record<string, string>> = {
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

/** Why the account of a fresh session is of no use, if it is so. */
export function unusableAccount(login: Foreign): string | undefined {
  return UNUSABLE_ACCOUNT[text(login['accountstate']) ?? ''];
}

/** The error object, of whatever status; undefined for success and for what is no DeviceManager answer. */
function complaint(response: HttpResponse): Complaint | undefined {
  const error = errorObject(response);
  const code = signed(error?.['code']);
  if (!code) return undefined;
  return { code: String(code), text: text(error?.['description']) ?? 'no description' };
}

function errorObject(response: HttpResponse): Foreign | undefined {
  try {
    const body = response.json();
    return isObject(body) && isObject(body['error']) ? body['error'] : undefined;
  } catch {
    return undefined;
  }
}

/** `data` is absent where a list is empty or a command has nothing to say. */
function dataOf(response: HttpResponse): unknown {
  const body = object(response.json(), 'answer');
  const error = object(body['error'], 'answer: error');
  if (signed(error['code']) === undefined) {
    throw new InvalidResponse('the error object of the answer has no code');
  }
  return body['data'];
}
