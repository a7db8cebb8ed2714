/**
 * Informs: answered when every backend they are for has them. A sender that missed the answer sends
 * again; that is answered again and doesn't count twice.
 */
import { crc32 } from 'node:zlib';
import { element, enter, integer, readerOf, readInteger, TAG } from './ber.ts';
import type { Notification } from './pdu.ts';
import type { Origin } from './origin.ts';

export interface Informs {
  /** True if it was taken before; where the answer is known, it is sent again. */
  repeated(inform: Inform): boolean;
  /** To be called once per backend: it has the inform, or never will. */
  expect(inform: Inform, backends: number): (taken: boolean) => void;
}

export interface Inform {
  readonly notification: Notification;
  readonly pdu: Uint8Array;
  readonly source: string;
  readonly origin: Origin;
  /** Wraps the response PDU as the inform was wrapped. */
  readonly answer: (pdu: Uint8Array) => Buffer;
}

const MAX_INFORMS = 20_000;

export function createInforms(): Informs {
  /** Oldest first; undefined: not answered yet. */
  const known = new Map<string, Uint8Array | undefined>();
  return {
    repeated(inform) {
      const key = keyOf(inform);
      const answer = known.get(key);
      if (answer) inform.origin.reply(answer);
      return known.has(key);
    },
    expect(inform, backends) {
      const key = keyOf(inform);
      // The datagram's memory is reused before the answer is due.
      const pdu = new Uint8Array(inform.pdu);
      let waiting = backends;
      remember(known, key);
      return (taken) => {
        if (!taken) {
          // Unanswered: the sender will try again.
          known.delete(key);
          waiting = Number.POSITIVE_INFINITY;
        }
        waiting -= 1;
        if (waiting !== 0) return;
        const answer = inform.answer(responseTo(pdu));
        if (known.has(key)) known.set(key, answer);
        inform.origin.reply(answer);
      };
    },
  };
}

function remember(known: Map<string, Uint8Array | undefined>, key: string): void {
  known.set(key, undefined);
  if (known.size <= MAX_INFORMS) return;
  const [oldest] = known.keys();
  if (oldest !== undefined) known.delete(oldest);
}

function keyOf({ source, origin, notification, pdu }: Inform): string {
  return `${source} ${origin.port} ${notification.requestId} ${crc32(pdu)}`;
}

/** The same request id and varbinds. */
function responseTo(pdu: Uint8Array): Buffer {
  const inform = enter(readerOf(pdu), TAG.inform);
  const requestId = readInteger(inform);
  readInteger(inform);
  readInteger(inform);
  const varbinds = inform.bytes.subarray(inform.at, inform.end);
  return element(TAG.response, integer(requestId), integer(0), integer(0), varbinds);
}
