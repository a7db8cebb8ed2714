/**
 * Transports: how a driver reaches its array. The context makes them (`context.http(...)`), so that
 * every request is counted, bounded by the backend's budget and ended by the current call's signal.
 */
import type { DriverError } from './errors.ts';

export interface HttpOptions {
  /** Port if the access block names none. */
  readonly port?: number;
  /** Put in front of every path, for example `/api/v1`. */
  readonly basePath?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Deadline of one request, all included, ms. Default 30 s. */
  readonly timeoutMs?: number;
  /** Largest body accepted, bytes. Default 64 MiB. */
  readonly maxBytes?: number;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path with or without query, or a URL of the same origin. */
  readonly path: string;
  /** Appended to the path; undefined values are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON with its content type. */
  readonly json?: unknown;
  /** Sent as it is; `headers` names its content type. */
  readonly body?: string;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export interface HttpResponse {
  /** Any status: the client maps the vendor's errors. Redirects are not followed. */
  readonly status: number;
  /** Lower-case names; a header sent several times is joined by `, ` except `set-cookie`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly setCookies: readonly string[];
  readonly body: Uint8Array;
  /** The body as UTF-8. */
  text(): string;
  /**
   * `mend`: makes of the text what can be read exactly, such as a number of more digits than one holds.
   * @throws InvalidResponse if the body isn't JSON (with its first words, without secrets).
   */
  json(mend?: (written: string) => string): unknown;
}

/** One origin, few connections, no redirects. */
export interface HttpClient {
  readonly origin: string;
  /**
   * @throws BackendUnreachable (no connection), BackendTimeout, InvalidResponse (closed without an
   *   answer, truncated or oversized body); never for a status.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

export interface SshOptions {
  /** Deadline of one command, ms. Default 60 s. */
  readonly timeoutMs?: number;
  /** Largest output of one command, bytes. Default 64 MiB. */
  readonly maxBytes?: number;
  /** Commands at the same time on the one connection. Default 1. */
  readonly channels?: number;
}

export interface SshResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status. A command whose channel closes without one fails: its output may be cut off. */
  readonly code: number | undefined;
}

export interface SshExecOptions {
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** Longest line of its output, bytes. Default 1 MiB. */
  readonly maxLineBytes?: number;
  /** Written to the command's standard input, which is then closed; several texts as packets of their own. */
  readonly input?: string | readonly string[];
}

/** One connection, kept alive, host key verified. */
export interface SshClient {
  /**
   * Runs one command. Names that came from the array must be quoted by the caller (`shellQuote`).
   * @throws BackendTimeout, SessionExpired (connection lost), InvalidResponse (the array refused the
   *   command, closed its channel without an exit status, or its output is over the bounds).
   */
  exec(command: string, options?: SshExecOptions): Promise<SshResult>;
  /** Names in a remote directory, by SFTP. @throws NotSupported if the server has no SFTP. */
  readdir(
    path: string,
  ): Promise<readonly { readonly name: string; readonly size: number; readonly mtimeMs: number }[]>;
  /** A remote file, by SFTP. @throws InvalidResponse over `maxBytes` (default 64 MiB). */
  readFile(
    path: string,
    options?: { readonly maxBytes?: number; readonly timeoutMs?: number },
  ): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Counter64 in tables arrives as its octets, in `get` as bigint. */
export type SnmpValue = Uint8Array | string | number | bigint;

export interface SnmpTable {
  /** Index (dotted text below the column) -> column number -> value. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<number, SnmpValue>>;
  /**
   * Columns that could not be read to their end, and why; the others are whole. Their values are
   * absent, but for those of an agent that goes in a circle instead of ending.
   */
  readonly errors: ReadonlyMap<number, DriverError>;
}

/** Reading an SNMP agent. OIDs are dotted, without leading dot. */
export interface SnmpClient {
  /**
   * Values in the order asked for; undefined where the agent has no such instance or fails at it, which
   * is a problem of the running call unless `failed` hears of it.
   */
  get(
    oids: readonly string[],
    failed?: (oid: string, error: DriverError) => void,
  ): Promise<readonly (SnmpValue | undefined)[]>;
  /**
   * Columns of a table; a bad one costs itself. @throws BackendTimeout, AuthenticationFailed,
   *   BackendUnreachable: what speaks of the whole agent.
   */
  read(oid: string, columns: readonly number[]): Promise<SnmpTable>;
  /** The rows of `read` alone. @throws the first column's error if there are none. */
  table(
    oid: string,
    columns: readonly number[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<number, SnmpValue>>>;
  close(): Promise<void>;
}

/** What the transports of one backend have done so far. */
export interface Traffic {
  requests: number;
  errors: number;
  bytesSent: number;
  bytesReceived: number;
}

/** A word for a POSIX shell on the array, whatever it contains. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
