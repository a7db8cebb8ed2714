/** Transports that answer from a recording: no socket is opened, nothing is waited for. */
import { urlHost } from '../driver/access.ts';
import type { DriverContext } from '../driver/driver.ts';
import * as errors from '../driver/errors.ts';
import { runningMethod } from '../driver/scope.ts';
import { parseJson } from '../driver/json.ts';
import type { HttpResponse, SnmpClient, Traffic } from '../driver/transports.ts';
import { fromContent, fromRecorded } from './content.ts';
import { describeExchange, isExchange, isGet, type Entry, type ExchangeEntry, type HttpEntry, type RecordedError, type SnmpGetEntry, type SnmpTableEntry, type SshEntry, type FileEntry, type FolderEntry } from './exchange.ts'; // prettier-ignore
import { rowsOf, toRequest, type Reach } from './recorder.ts';

export interface Replayer extends Reach {
  readonly traffic: Readonly<Traffic>;
}

/** `where`: the recording, as errors name it. */
export function createReplayer(
  startedAt: number,
  entries: readonly Entry[],
  where: string,
): Replayer {
  const traffic: Traffic = { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 };
  const calls = new Map<string, number[]>();
  const begun = new Map<string, number>();
  const exact = new Shelf();
  const loose = new Shelf();
  let unconnected: RecordedError | undefined;
  for (const entry of entries) {
    if (!isExchange(entry)) {
      calls.set(entry.call, [...(calls.get(entry.call) ?? []), entry.at]);
    } else if ('connect' in entry) {
      unconnected = entry.error;
    } else {
      exact.put(keyOf(entry), entry);
      loose.put(timeless(keyOf(entry)), entry);
    }
  }

  /** The answer to the first request of this kind that has not been asked; the last one again after that. */
  function answer<E extends ExchangeEntry>(request: object): NonNullable<E['answer' & keyof E]> {
    const asked = { ...request, ms: 0 } as ExchangeEntry;
    const key = keyOf(asked);
    traffic.requests += 1;
    const entry = (exact.take(key) ?? loose.take(timeless(key))) as
      | { readonly answer?: unknown; readonly error?: RecordedError }
      | undefined;
    if (!entry) {
      throw new errors.InvalidResponse(`${where} has no answer to ${describeExchange(asked)}`);
    }
    if (entry.error) throw toThrown(entry.error);
    return entry.answer as NonNullable<E['answer' & keyof E]>;
  }

  const read: SnmpClient['read'] = async (table, columns) => {
    const { rows, errors: lost } = answer<SnmpTableEntry>({ snmp: { table, columns } });
    return {
      rows: new Map(
        Object.entries(rows).map(([index, row]) => [
          index,
          new Map(
            Object.entries(row).map(([column, value]) => [Number(column), fromRecorded(value)]),
          ),
        ]),
      ),
      errors: new Map(
        Object.entries(lost).map(([column, error]) => [Number(column), toThrown(error)]),
      ),
    };
  };

  return {
    traffic,
    begin(call) {
      const times = calls.get(call) ?? [];
      const at = (times.length > 1 ? times.shift() : times[0]) ?? startedAt;
      begun.set(call, at);
      return at;
    },
    context: (live): DriverContext => ({
      ...live,
      now: () => begun.get(runningMethod() ?? '') ?? startedAt,
      pause: () => Promise.resolve(),
      async http({ scheme = 'https', host, port }, options = {}) {
        const fallback = options.port ?? (scheme === 'https' ? 443 : 80);
        const { origin } = new URL(`${scheme}://${urlHost(host)}:${port ?? fallback}`);
        return {
          origin,
          async request(request) {
            const http = toRequest(request, options.basePath);
            const what = `${http.method} ${origin}${http.path}`;
            return toResponse(answer<HttpEntry>({ http }), what);
          },
          close: async () => {},
        };
      },
      async ssh() {
        if (unconnected) throw toThrown(unconnected);
        return {
          async exec(command, { input } = {}) {
            const ssh = { command, ...(input === undefined ? {} : { input }) };
            const { stdout, stderr, code } = answer<SshEntry>({ ssh });
            return { stdout, stderr, code };
          },
          readdir: async (folder) => answer<FolderEntry>({ folder }),
          readFile: async (file) => fromContent(answer<FileEntry>({ file })),
          close: async () => {},
        };
      },
      async snmp() {
        return {
          async get(oids) {
            const values = answer<SnmpGetEntry>({ snmp: { get: oids } });
            return values.map((value) => (value === null ? undefined : fromRecorded(value)));
          },
          read,
          table: (oid, columns) => rowsOf(read, oid, columns),
          close: async () => {},
        };
      },
    }),
  };
}

/** Exchanges by what was asked, in their order. */
class Shelf {
  readonly #entries = new Map<string, ExchangeEntry[]>();
  readonly #last = new Map<string, ExchangeEntry>();

  put(key: string, entry: ExchangeEntry): void {
    const same = this.#entries.get(key);
    if (same) same.push(entry);
    else this.#entries.set(key, [entry]);
  }

  take(key: string): ExchangeEntry | undefined {
    const next = this.#entries.get(key)?.shift() ?? this.#last.get(key);
    if (next) this.#last.set(key, next);
    return next;
  }
}

/** What was asked, as one text; the order of a query does not matter. */
function keyOf(entry: ExchangeEntry): string {
  if ('http' in entry) {
    const { method, path, query = [], body } = entry.http;
    const sorted = query.map(([key, value]) => `${key}=${value}`).sort();
    return JSON.stringify([method, path, sorted, body ?? null]);
  }
  if ('ssh' in entry) return JSON.stringify([entry.ssh.command, entry.ssh.input ?? null]);
  if ('snmp' in entry && !isGet(entry))
    return JSON.stringify([entry.snmp.table, entry.snmp.columns]);
  return describeExchange(entry);
}

/** Epoch seconds and milliseconds, ISO 8601 and what comes near to it. */
const TIMES = /\b\d{4}-\d\d-\d\d[T ]\d\d[:%\w.+-]*|\b1[4-9]\d{8}(?:\d{3})?\b/g;

/** A window ends at another time each run. */
function timeless(key: string): string {
  return key.replaceAll(TIMES, '<time>');
}

function toResponse(
  { status, headers, cookies = [], body }: NonNullable<HttpEntry['answer']>,
  what: string,
): HttpResponse {
  const octets = fromContent(body);
  const text = () => octets.toString('utf8');
  return {
    status,
    headers,
    setCookies: cookies,
    body: octets,
    text,
    json: (mend = String) => parseJson(mend(text()), `${what} (HTTP ${status})`),
  };
}

function toThrown({ type, message, code }: RecordedError): errors.DriverError {
  switch (type) {
    case 'authentication':
      return new errors.AuthenticationFailed(message);
    case 'session_expired':
      return new errors.SessionExpired(message);
    case 'not_supported':
      return new errors.NotSupported(message);
    case 'unreachable':
      return new errors.BackendUnreachable(message);
    case 'timeout':
      return new errors.BackendTimeout(message);
    case 'backend':
      return new errors.BackendError(code ?? '', message);
    default:
      return new errors.InvalidResponse(message);
  }
}
