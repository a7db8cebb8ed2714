/** What crosses between the main thread and a worker. Plain data only. */
import type { MessagePort } from 'node:worker_threads';
import type { BackendStatus } from '../backend/status.ts';
import type { PlainConfig } from '../config/load.ts';
import type { LogOptions } from '../log.ts';
import type { Exposition } from '../telemetry/prometheus/exposition.ts';
import type { SelfCounts } from '../telemetry/self.ts';

/** What a worker is told when it starts. */
export interface WorkerData {
  readonly log: LogOptions;
}

/** What a thread hosts from now on. */
export interface Assignment {
  readonly plain: PlainConfig;
  /** Backend -> ms until its first collection. */
  readonly firstDelays: Readonly<Record<string, number>>;
  /** Threads that share the bounds of the configuration. */
  readonly threads: number;
}

export type ToWorker =
  /** Unchanged backends keep their session. */
  | { readonly type: 'apply'; readonly assignment: Assignment }
  /** Traps for its backends arrive here. */
  | { readonly type: 'traps'; readonly port: MessagePort }
  | { readonly type: 'ping' }
  | { readonly type: 'stop' };

export type FromWorker =
  | { readonly type: 'exposition'; readonly exposition: Exposition }
  | { readonly type: 'status'; readonly status: BackendStatus }
  /** Every kind of collection of this backend has ended once. */
  | { readonly type: 'first-round'; readonly system: string }
  | { readonly type: 'self'; readonly counts: SelfCounts }
  | { readonly type: 'applied' }
  | { readonly type: 'pong' }
  | { readonly type: 'stopped' };

/** Sends to the main thread; buffers in `transfer` are moved, not copied. */
export type Send = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;
