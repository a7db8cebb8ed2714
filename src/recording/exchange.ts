/** What went between a driver and its array, one entry per request: what a recording is made of. */
import type { ErrorType } from '../driver/errors.ts';

/** A call of the contract begins; the clock of the recording stands still within it. */
export interface CallEntry {
  readonly call: string;
  /** Epoch ms. */
  readonly at: number;
}

/** What every exchange says of itself. */
interface About {
  /** The method of the contract that asked. */
  readonly call?: string;
  /** How long the answer took, ms. */
  readonly ms: number;
  /** It was thrown instead of an answer. */
  readonly error?: RecordedError;
}

export interface RecordedError {
  readonly type: ErrorType;
  readonly message: string;
  readonly code?: string;
}

/** A body: JSON as it is (numbers as they were written), text, or octets. */
export interface Content {
  readonly json?: unknown;
  readonly text?: string;
  readonly base64?: string;
}

export interface HttpEntry extends About {
  readonly http: {
    readonly method: string;
    /** Decoded, without query. */
    readonly path: string;
    /** Decoded, in the order sent. */
    readonly query?: readonly (readonly [key: string, value: string])[];
    readonly body?: Content;
  };
  readonly answer?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly cookies?: readonly string[];
    readonly body: Content;
  };
}

export interface SshEntry extends About {
  readonly ssh: { readonly command: string; readonly input?: string | readonly string[] };
  readonly answer?: { readonly stdout: string; readonly stderr: string; readonly code?: number };
}

export interface FolderEntry extends About {
  readonly folder: string;
  readonly answer?: readonly {
    readonly name: string;
    readonly size: number;
    readonly mtimeMs: number;
  }[];
}

export interface FileEntry extends About {
  readonly file: string;
  readonly answer?: Content;
}

/** Octets as text where they are plain, else in hex; a Counter64 as its digits. */
export type RecordedValue =
  | number
  | { readonly text: string }
  | { readonly hex: string }
  | { readonly string: string }
  | { readonly counter: string };

export interface SnmpGetEntry extends About {
  readonly snmp: { readonly get: readonly string[] };
  readonly answer?: readonly (RecordedValue | null)[];
}

export interface SnmpTableEntry extends About {
  readonly snmp: { readonly table: string; readonly columns: readonly number[] };
  readonly answer?: {
    /** Index -> column -> value. */
    readonly rows: Readonly<Record<string, Readonly<Record<string, RecordedValue>>>>;
    readonly errors: Readonly<Record<string, RecordedError>>;
  };
}

/** A connection that could not be made; one that could is not worth a line. */
export interface ConnectEntry extends About {
  readonly connect: 'ssh';
}

export type ExchangeEntry =
  | ConnectEntry
  | HttpEntry
  | SshEntry
  | FolderEntry
  | FileEntry
  | SnmpGetEntry
  | SnmpTableEntry;
export type Entry = CallEntry | ExchangeEntry;

export function isGet(entry: SnmpGetEntry | SnmpTableEntry): entry is SnmpGetEntry {
  return 'get' in entry.snmp;
}

export function isExchange(entry: Entry): entry is ExchangeEntry {
  return !('at' in entry);
}

/** What an exchange asked for, in one line. */
export function describeExchange(entry: ExchangeEntry): string {
  if ('http' in entry) {
    const { method, path, query = [] } = entry.http;
    const written = query.map(([key, value]) => `${key}=${value}`).join('&');
    return `${method} ${path}${written === '' ? '' : `?${written}`}`;
  }
  if ('connect' in entry) return `connect ${entry.connect}`;
  if ('ssh' in entry) return entry.ssh.command;
  if ('folder' in entry) return `list ${entry.folder}`;
  if ('file' in entry) return `read ${entry.file}`;
  if ('get' in entry.snmp) return `snmp get ${entry.snmp.get.join(' ')}`;
  return `snmp table ${entry.snmp.table} columns ${entry.snmp.columns.join(' ')}`;
}
