/** The API's conventions: credentials, containers, and what status and error object mean. */
import {
  answersOf,
  BackendError,
  InvalidResponse,
  isObject,
  list,
  object,
  text,
  type Complaint,
  type Foreign,
  type HttpResponse,
} from 'delfin-agent/driver';

export const answers = answersOf({
  complaint,
  codes: {
    // The REST API server is busy; resources are locked by another program.
    busy: ['KART00003-E', 'KART40050-E', 'KART40051-E', 'KART40052-E'],
    // The specified object does not exist.
    gone: ['KART30013-E'],
  },
  texts: {
    // A session that stays in use is as good as lost.
    expired:
      /token is invalid|session .*(invalid|expired|timed ?out|not (exist|found)|being used)/i,
    unsupported: /not (be )?supported|unsupported|licen[sc]e|program product|cannot be used/i,
  },
  // 401 is a token that is no longer known. 403 is a missing role, but some servers also answer so to a
  // session they have forgotten. 409: a resource is in use; 502, 504: the server behind is restarting.
  statuses: { 403: 'expired', 409: 'busy', 502: 'busy', 504: 'busy' },
});

/** `{ data: [...] }`; an empty object has no members. */
export function members(body: unknown, what: string): readonly Foreign[] {
  const container = object(body, what);
  if (container['data'] !== undefined && container['data'] !== null) {
    return list(container['data'], `${what}: data`);
  }
  if (Object.keys(container).every((key) => key === 'data')) return [];
  throw new InvalidResponse(`${what}: the answer has no list "data"`);
}

/** The error object, bare or below `error`. Some servers in front of the API send it as a success. */
function complaint(response: HttpResponse): Complaint | undefined {
  let body: unknown;
  try {
    body = response.json();
  } catch {
    return undefined;
  }
  const outer: Foreign = isObject(body) ? body : {};
  if (response.status < 400 && !isError(outer)) return undefined;
  const error: Foreign = isObject(outer['error']) ? outer['error'] : outer;
  const said = [text(error['message']), text(error['solution'])].filter((word) => word);
  const code = text(error['messageId']);
  if (code === undefined && said.length === 0) return undefined;
  return { code: code ?? String(response.status), text: said.join(' ') };
}

function isError(body: Foreign): boolean {
  const named = text(body['messageId']) ?? text(body['errorSource']);
  return named !== undefined && text(body['message']) !== undefined;
}

/** A job that ended without success. */
export function jobError(job: Foreign, what: string): Error {
  const error = isObject(job['error']) ? job['error'] : {};
  const state = text(job['state']) ?? 'Failed';
  const message = text(error['message']) ?? 'no reason given';
  return new BackendError(text(error['messageId']) ?? state, `${what}: ${state}: ${message}`);
}
