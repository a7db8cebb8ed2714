/** A receiver without sockets: datagrams in, what it did out. */
import {
  createReceiver,
  type Envelope,
  type Receiver,
  type ReceiverOptions,
} from '../../src/traps/receiver.ts';

export const OWN_ENGINE = '80001f8880aabbccddee';

export interface Bench {
  readonly receiver: Receiver;
  readonly delivered: { readonly backend: string; readonly envelope: Envelope }[];
  readonly replies: Uint8Array[];
  /** Clock and wall clock, ms; tests move it. */
  time: number;
  /** Hands a datagram in and returns the reasons that were counted for it; [] if it was taken. */
  send(datagram: Uint8Array, from?: { address?: string; port?: number }): string[];
}

export function createBench(options: Partial<ReceiverOptions> = {}): Bench {
  const delivered: Bench['delivered'] = [];
  const replies: Uint8Array[] = [];
  const bench: Bench = {
    delivered,
    replies,
    time: 1_000_000,
    receiver: createReceiver({
      communities: ['public'],
      users: [],
      own: { id: Buffer.from(OWN_ENGINE, 'hex'), boots: 7, startedMs: 0 },
      routes: [{ backend: 'array', addresses: ['192.0.2.1'], engineIds: [] }],
      takeUnknown: false,
      deliver(backend, envelope, done) {
        delivered.push({ backend, envelope });
        done(true);
        return true;
      },
      now: () => bench.time,
      clock: () => bench.time,
      ...options,
    }),
    send(datagram, { address = '192.0.2.1', port = 40_000 } = {}) {
      const before = { ...bench.receiver.counts.dropped };
      bench.receiver.handle(datagram, {
        address,
        port,
        reply: (answer) => void replies.push(answer),
      });
      return Object.entries(bench.receiver.counts.dropped)
        .filter(([reason, count]) => count > before[reason as keyof typeof before])
        .map(([reason]) => reason);
    },
  };
  return bench;
}
