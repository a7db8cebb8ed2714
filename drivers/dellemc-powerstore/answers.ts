/** What an answer of the API means: `messages` have the array's own words, `Content-Range` the count. */
import {
  answersOf,
  isObject,
  list,
  text,
  type Answer,
  type Complaint,
  type Foreign,
  type HttpResponse,
} from 'delfin-agent/driver';

/** A page of a collection, as `contentOf` reads it. */
export interface Listed {
  readonly items: readonly Foreign[];
  /** How many objects there are in all, where the array says so. */
  readonly total: number | undefined;
  /** It says that there are more than these. */
  readonly partial: boolean;
}

/** Statuses that decide more than the code beside them: no such object, no such page. */
const BY_STATUS: ReadonlySet<number> = new Set([404, 416]);

export const answers: (response: HttpResponse) => Answer = answersOf({
  complaint,
  codes: { gone: [404], refused: [416] },
  // A stale token is a 403, a dead session may be sent to the login page.
  statuses: { 302: 'expired', 403: 'expired' },
  body: contentOf,
});

function complaint(response: HttpResponse): Complaint | undefined {
  if (response.status < 400) return undefined;
  const [first] = messagesOf(response);
  if (!first) return undefined;
  return {
    code: BY_STATUS.has(response.status)
      ? String(response.status)
      : (text(first['code']) ?? String(response.status)),
    text: text(first['message_l10n']) ?? '',
  };
}

/** The list of messages may be written as text inside the JSON. */
function messagesOf(response: HttpResponse): readonly Foreign[] {
  try {
    const body = response.json();
    const written: unknown = isObject(body) ? body['messages'] : undefined;
    const messages: unknown = typeof written === 'string' ? JSON.parse(written) : written;
    return Array.isArray(messages) ? messages.filter(isObject) : [];
  } catch {
    return [];
  }
}

/** A list as `Listed`, an archive as its bytes, undefined where the array has nothing to say. */
function contentOf(response: HttpResponse): unknown {
  const { status, body, headers } = response;
  if (status !== 200 && body.length === 0) return undefined;
  if (body[0] === 0x1f && body[1] === 0x8b) return body;
  const content = response.json();
  if (!Array.isArray(content)) return content;
  const total = /\/(\d{1,15})$/.exec(headers['content-range'] ?? '')?.[1];
  return {
    items: list(content, 'answer'),
    total: total === undefined ? undefined : Number(total),
    partial: status === 206,
  } satisfies Listed;
}
