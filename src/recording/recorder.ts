/** Transports that keep what went through them. */
import type { DriverContext } from '../driver/driver.ts';
import { BackendError, DriverError, errorType } from '../driver/errors.ts';
import { messageOf } from '../driver/message.ts';
import { runningMethod } from '../driver/scope.ts';
import type { HttpClient, HttpRequest, SnmpClient, SshClient } from '../driver/transports.ts';
import { decodedPath, toContent, toRecorded } from './content.ts';
import type { Entry, ExchangeEntry, HttpEntry, RecordedError } from './exchange.ts';

/** All that is kept of one run, bytes: a large array's inventory several times over. */
const MAX_BYTES = 256 * 2 ** 20;

/** What every run needs of a connection: a clock, and what the driver's context becomes. */
export interface Reach {
  /** A call begins; returns its time, epoch ms. */
  begin(call: string): number;
  /** The context as the driver gets it. */
  context(live: DriverContext): DriverContext;
}

/** The array itself. */
export const LIVE: Reach = { begin: () => Date.now(), context: (live) => live };

export interface Recorder extends Reach {
  readonly startedAt: number;
  readonly entries: readonly Entry[];
  /** More came than is kept, bytes: the entries are not all. */
  beyond(): number | undefined;
}

type Settled<A> = { readonly answer: A } | { readonly error: unknown };

export function createRecorder(maxBytes = MAX_BYTES): Recorder {
  const startedAt = Date.now();
  const entries: Entry[] = [];
  const begun = new Map<string, number>();
  let bytes = 0;

  function keep(entry: Entry, size: number): void {
    bytes += size;
    if (bytes <= maxBytes) entries.push(entry);
  }

  /** Asks, keeps what came of it, and answers or throws as the transport did. */
  async function keeping<A>(
    ask: () => Promise<A>,
    describe: (answer: A) => { readonly size: number; readonly answer: unknown },
    request: object,
  ): Promise<A> {
    const call = runningMethod();
    const started = performance.now();
    const settled: Settled<A> = await ask().then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
    const ms = Math.round(performance.now() - started);
    const head = { ...(call === undefined ? {} : { call }), ...request, ms };
    if ('error' in settled) {
      keep({ ...head, error: toError(settled.error) } as ExchangeEntry, ENTRY_BYTES);
      throw settled.error;
    }
    const { size, answer } = describe(settled.answer);
    keep({ ...head, answer } as ExchangeEntry, ENTRY_BYTES + size);
    return settled.answer;
  }

  /** A connection that fails is a part of what happened. */
  async function connecting(client: Promise<SshClient>): Promise<SshClient> {
    try {
      return await client;
    } catch (error) {
      const call = runningMethod();
      keep({ ...(call === undefined ? {} : { call }), connect: 'ssh', ms: 0, error: toError(error) }, ENTRY_BYTES); // prettier-ignore
      throw error;
    }
  }

  const http = (client: HttpClient, basePath: string | undefined): HttpClient => ({
    ...client,
    request: (request) =>
      keeping(
        () => client.request(request),
        ({ status, headers, setCookies, body }) => ({
          size: body.length,
          answer: {
            status,
            headers: needed(headers),
            ...(setCookies.length > 0 ? { cookies: setCookies } : {}),
            body: toContent(body),
          },
        }),
        { http: toRequest(request, basePath) },
      ),
  });

  const ssh = (client: SshClient): SshClient => ({
    ...client,
    exec: (command, options = {}) =>
      keeping(
        () => client.exec(command, options),
        ({ stdout, stderr, code }) => ({
          size: stdout.length + stderr.length,
          answer: { stdout, stderr, ...(code === undefined ? {} : { code }) },
        }),
        { ssh: { command, ...(options.input === undefined ? {} : { input: options.input }) } },
      ),
    readdir: (path) =>
      keeping(
        () => client.readdir(path),
        (answer) => ({ size: answer.length * ENTRY_BYTES, answer }),
        { folder: path },
      ),
    readFile: (path, options) =>
      keeping(
        () => client.readFile(path, options),
        (octets) => ({ size: octets.length, answer: toContent(octets) }),
        { file: path },
      ),
  });

  const snmp = (client: SnmpClient): SnmpClient => {
    const read: SnmpClient['read'] = (table, columns) =>
      keeping(
        () => client.read(table, columns),
        ({ rows, errors }) => ({
          size: rows.size * columns.length * VALUE_BYTES,
          answer: {
            rows: Object.fromEntries(
              Array.from(rows, ([index, row]) => [
                index,
                Object.fromEntries(
                  Array.from(row, ([column, value]) => [column, toRecorded(value)]),
                ),
              ]),
            ),
            errors: Object.fromEntries(
              Array.from(errors, ([column, error]) => [column, toError(error)]),
            ),
          },
        }),
        { snmp: { table, columns } },
      );
    return {
      ...client,
      get: (oids, failed) =>
        keeping(
          () => client.get(oids, failed),
          (values) => ({
            size: values.length * VALUE_BYTES,
            answer: values.map((value) => (value === undefined ? null : toRecorded(value))),
          }),
          { snmp: { get: oids } },
        ),
      read,
      table: (oid, columns) => rowsOf(read, oid, columns),
    };
  };

  return {
    startedAt,
    entries,
    beyond: () => (bytes > maxBytes ? maxBytes : undefined),
    begin(call) {
      const at = Date.now();
      begun.set(call, at);
      keep({ call, at }, ENTRY_BYTES);
      return at;
    },
    context: (live) => ({
      ...live,
      // Within a call time stands still: a replay knows when a call began, not when it asked what.
      now: () => begun.get(runningMethod() ?? '') ?? startedAt,
      http: async (access, options) => http(await live.http(access, options), options?.basePath),
      ssh: async (access, options) => ssh(await connecting(live.ssh(access, options))),
      snmp: async (access) => snmp(await live.snmp(access)),
    }),
  };
}

/** What an entry takes beside its content. */
const ENTRY_BYTES = 200;
const VALUE_BYTES = 40;

/** The rows of `read` alone, as a client's `table`. */
export async function rowsOf(
  read: SnmpClient['read'],
  oid: string,
  columns: readonly number[],
): ReturnType<SnmpClient['table']> {
  const { rows, errors } = await read(oid, columns);
  const [first] = errors.values();
  if (first && rows.size === 0) throw first;
  return rows;
}

function toError(error: unknown): RecordedError {
  const message = messageOf(error);
  return {
    // A call that was cancelled is none of the driver's errors.
    type: error instanceof DriverError ? errorType(error) : 'timeout',
    message,
    ...(error instanceof BackendError ? { code: error.code } : {}),
  };
}

/** A request in its decoded parts, as it is compared. */
export function toRequest(
  { method = 'GET', path, query, json, body }: HttpRequest,
  basePath = '',
): HttpEntry['http'] {
  const absolute = /^https?:/i.test(path);
  const url = new URL(absolute ? path : `http://array${basePath}${path}`);
  const asked = [
    ...url.searchParams,
    ...Object.entries(query ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, String(value)] as const],
    ),
  ];
  const sent = json === undefined ? body : JSON.stringify(json);
  return {
    method,
    path: decodedPath(url.pathname),
    ...(asked.length > 0 ? { query: asked } : {}),
    ...(sent === undefined ? {} : { body: toContent(Buffer.from(sent)) }),
  };
}

/** Headers about the transfer: none of a driver's. */
const TRANSFER = /^(date|server|connection|keep-alive|via|vary|pragma|age|etag|expires|last-modified|cache-control|set-cookie|transfer-encoding|content-(length|encoding|security-policy|language)|strict-transport-security|x-(frame|content-type|xss|permitted|download)-.*|access-control-.*|p3p|referrer-policy|permissions-policy)$/; // prettier-ignore

function needed(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !TRANSFER.test(name)));
}
