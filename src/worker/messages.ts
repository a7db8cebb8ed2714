/** What crosses between the main thread and a worker. Plain data only. */
import type { MessagePort } from 'node:worker_threads';
import type { BackendDetails } from '../backend/details.ts';
import type { BackendStatus } from '../backend/status.ts';
import type { PlainConfig } from '../config/load.ts';
import type { LogOptions } from '../log.ts';
import type { Exposition } from '../telemetry/prometheus/exposition.ts';
import type { SelfCounts } from '../telemetry/self.ts';

/** What a worker is told when it starts. */
export interface WorkerData {
  readonly log: LogOptions;
  /** The slot of the backend whose code runs. */
  readonly running: Int32Array<SharedArrayBuffer>;
  /** The number the system knows the thread by, as soon as it runs; 0 where there is none. */
  readonly task: Int32Array<SharedArrayBuffer>;
  /** Follow every callback: the worker before this one was lost. */
  readonly following: boolean;
}

/** What a thread hosts from now on. */
export interface Assignment {
  readonly plain: PlainConfig;
  /** What the outputs depend on. They are made anew when it changes. */
  readonly outputs: string;
  /** Backend -> what it depends on. It is started anew when it changes. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Backend -> its number in this thread; see trace.ts. */
  readonly slots: Readonly<Record<string, number>>;
  /** Threads that start theirs at the same time. */
  readonly threads: number;
}

export type ToWorker =
  /** Build what is needed; unchanged backends keep their session. */
  | { readonly type: 'prepare'; readonly id: number; readonly assignment: Assignment }
  | { readonly type: 'commit'; readonly id: number }
  | { readonly type: 'abort'; readonly id: number }
  /** Traps for its backends arrive here. */
  | { readonly type: 'traps'; readonly port: MessagePort }
  /** What is exported, and all alerts, are handed over here. */
  | { readonly type: 'egress'; readonly port: MessagePort }
  | { readonly type: 'details'; readonly id: number; readonly system: string }
  | { readonly type: 'ping' }
  | { readonly type: 'stop' };

export type FromWorker =
  /** A backend begins anew: what it said before is void. */
  | { readonly type: 'started'; readonly system: string }
  | { readonly type: 'exposition'; readonly exposition: Exposition }
  | { readonly type: 'status'; readonly status: BackendStatus }
  /** Its traps come from there as well: the array says so. */
  | {
      readonly type: 'alert-sources';
      readonly system: string;
      readonly addresses: readonly string[];
    }
  /** Every kind of collection of this backend has ended once. */
  | { readonly type: 'first-round'; readonly system: string }
  | { readonly type: 'self'; readonly counts: SelfCounts }
  | { readonly type: 'prepared'; readonly id: number }
  | { readonly type: 'refused'; readonly id: number; readonly message: string }
  | { readonly type: 'committed'; readonly id: number }
  | { readonly type: 'details'; readonly id: number; readonly details: BackendDetails | undefined }
  | { readonly type: 'pong' }
  | { readonly type: 'stopped' };

/** Sends to the main thread; buffers in `transfer` are moved, not copied. */
export type Send = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;
