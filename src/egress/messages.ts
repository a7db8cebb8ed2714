/** What crosses between the egress and the threads that hand over to it. Plain data only. */
import type { MessagePort } from 'node:worker_threads';
import type { AlertTracker } from '../backend/alerts/tracker.ts';
import type { PlainConfig } from '../config/load.ts';
import type { Alert, Severity, Trap } from '../driver/alerts.ts';
import type { Storage } from '../driver/records.ts';
import type { LogOptions } from '../log.ts';
import type { ArrayIdentity } from '../telemetry/logs/resource.ts';
import type { Encoding, Signal } from '../telemetry/otlp/config.ts';
import type { Marks } from '../telemetry/otlp/gather.ts';
import type { ExportFailure } from '../telemetry/otlp/outgoing.ts';
import type { SelfCounts } from '../telemetry/self.ts';

export type AlertCounts = Readonly<Record<Severity, number>>;

type Told = 'poll' | 'trap' | 'unparsed';

/** Something to tell the tracker of an array. */
export type AlertWord = {
  [Method in Told]: {
    readonly system: string;
    readonly method: Method;
    readonly args: Parameters<AlertTracker[Method]>;
  };
}[Told];

/** A serialised export request; its buffer is moved, not copied. */
export interface HandedBatch {
  readonly type: 'batch';
  readonly id: number;
  readonly signal: Signal;
  readonly body: Uint8Array;
  readonly items: number;
  readonly protocol: Encoding;
}

export type ToEgress =
  /** An array has a home at this port: its counts go there. */
  | { readonly type: 'array'; readonly array: ArrayIdentity }
  /** What the array says of itself. */
  | { readonly type: 'storage'; readonly system: string; readonly storage: Storage }
  | { readonly type: 'alerts'; readonly id: number; readonly words: readonly AlertWord[] }
  /** Samples that will be handed over, or (negative) are not to come any more. */
  | { readonly type: 'due'; readonly items: number }
  /** So far the samples of an array are in the batches before this. */
  | { readonly type: 'mark'; readonly system: string; readonly marks: Marks }
  | HandedBatch;

export type FromEgress =
  /** It is in the egress' hands: whoever handed it over may die. */
  | { readonly type: 'taken'; readonly id: number }
  /** So far its samples had come before it had this home. */
  | { readonly type: 'marks'; readonly system: string; readonly marks: Marks }
  | {
      readonly type: 'known';
      readonly system: string;
      readonly counts?: AlertCounts;
      /** As an earlier home of the array said. */
      readonly storage?: Storage;
    };

/** Between the main thread and the egress. */
export type ToService =
  /** Builds the outputs of a configuration beside what runs. */
  | { readonly type: 'prepare'; readonly id: number; readonly value: PlainConfig['value'] }
  | { readonly type: 'commit'; readonly id: number }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'attach'; readonly port: MessagePort }
  /** The arrays there are: the alerts of others are forgotten. */
  | { readonly type: 'retain'; readonly systems: readonly string[] }
  /** A trap of no backend here; `array`: of one that another agent collects. */
  | { readonly type: 'unknown'; readonly trap: Trap; readonly array?: ArrayIdentity }
  /** The active alerts of an array, the worst first. */
  | { readonly type: 'active'; readonly id: number; readonly system: string }
  | { readonly type: 'own'; readonly counts: SelfCounts }
  | { readonly type: 'close'; readonly deadlineMs: number };

export type FromService =
  /** What was asked for is done, or why not. */
  | {
      readonly type: 'done';
      readonly id: number;
      readonly error?: string;
      readonly alerts?: readonly Alert[] | undefined;
    }
  | { readonly type: 'self'; readonly counts: SelfCounts }
  | { readonly type: 'counts'; readonly system: string; readonly counts: AlertCounts | undefined }
  /** How exports of a signal fail; without one: they work, or there are none. */
  | { readonly type: 'export'; readonly signal: Signal; readonly failure?: ExportFailure }
  /** The agent's own numbers are due. */
  | { readonly type: 'own' }
  | { readonly type: 'closed' };

export interface EgressThreadData {
  readonly log: LogOptions;
  readonly waiting: SharedArrayBuffer;
}

/**
 * What waits in the egress, by signal: points and records. Shared, so that it can still be read
 * when its thread is gone.
 */
export const WAITING = ['metrics', 'logs'] as const;
