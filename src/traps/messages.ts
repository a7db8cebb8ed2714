/** What crosses between the main thread, the trap thread and the threads that host backends. */
import type { MessagePort } from 'node:worker_threads';
import type { Trap } from '../driver/alerts.ts';
import type { ReceiverCounts } from './receiver.ts';
import type { DropReason } from './refused.ts';
import type { ResolvedRoute } from './routing.ts';
import type { PlainUser } from './users.ts';

/** Where and from whom traps are taken. Secrets are revealed: it goes to the trap thread only. */
export interface TrapSettings {
  readonly listen: readonly string[];
  readonly communities: readonly string[];
  readonly users: readonly PlainUser[];
  /** Hex; random if absent. */
  readonly engineId?: string;
  readonly takeUnknown: boolean;
  readonly relays: readonly string[];
}

/** What the trap thread is given when it starts: routes are there before the first datagram. */
export interface TrapThreadData extends TrapSettings {
  readonly routes: readonly ResolvedRoute[];
}

export type ToTraps =
  /** Open new addresses beside the old, and check who is admitted. */
  | { readonly type: 'prepare'; readonly id: number; readonly settings: TrapSettings }
  | { readonly type: 'commit'; readonly id: number; readonly prepared: number }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'routes'; readonly routes: readonly ResolvedRoute[] }
  /** Traps of these backends go to this port from now on. */
  | { readonly type: 'attach'; readonly backends: readonly string[]; readonly port: MessagePort }
  | { readonly type: 'stats'; readonly id: number }
  | { readonly type: 'close' };

export type FromTraps =
  | { readonly type: 'listening'; readonly addresses: readonly ListenAddress[] }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'prepared'; readonly id: number }
  | { readonly type: 'refused_settings'; readonly id: number; readonly message: string }
  /** In use; these are the addresses now. */
  | {
      readonly type: 'committed';
      readonly id: number;
      readonly addresses: readonly ListenAddress[];
    }
  /** A refused datagram; a sample of them. */
  | {
      readonly type: 'refused';
      readonly reason: DropReason;
      readonly source: string;
      /** Others that were not reported since the last one. */
      readonly unreported: number;
    }
  /** `id`: the request it answers; absent: sent by itself. */
  | { readonly type: 'stats'; readonly id?: number; readonly stats: TrapStats }
  | { readonly type: 'closed' };

export interface ListenAddress {
  readonly address: string;
  readonly port: number;
  /** Receive buffer the kernel granted, bytes. */
  readonly bufferBytes: number;
}

export interface TrapStats extends Readonly<ReceiverCounts> {
  /** Datagrams that the kernel dropped because the socket's buffer was full. */
  readonly kernelDrops: number;
  /** Traps that wait for their backend. */
  readonly queued: number;
  readonly queuedBytes: number;
  readonly sockets: readonly ListenAddress[];
  /** Processor time of the trap thread, microseconds. */
  readonly cpuMicros: number;
}

/**
 * Traps for the backends of one thread. What a trap is about crosses as three numbers, for objects
 * cost more to copy than the trap to decode: the index of its sender, when it was received (epoch
 * ms), and where its PDU ends in `bytes`; it begins where the one before ends.
 */
export interface TrapBatch {
  readonly id: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly senders: readonly TrapSender[];
}

export const NUMBERS_PER_TRAP = 3;

export interface TrapSender {
  readonly backend: string;
  readonly version: Trap['version'];
  readonly source: string;
  readonly port: number;
  readonly engineId?: string;
}

/** The traps of this batch are in their backends' hands. */
export interface TrapAck {
  readonly id: number;
}
