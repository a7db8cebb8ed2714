/**
 * Datagrams that were read and not handled yet. Reading goes first: a burst that would overflow the
 * socket's buffer while it is handled waits here instead.
 */
import type { Origin } from './origin.ts';

export interface Inbox {
  add(datagram: Uint8Array, origin: Origin): void;
}

interface Item {
  readonly datagram: Uint8Array;
  readonly origin: Origin;
}

const MAX_BYTES = 32 * 2 ** 20;
/** What an item costs beside its bytes. */
const ITEM_BYTES = 200;
/** The event loop reads up to 32 datagrams in a turn; this many in one mean that more are waiting. */
const BURST = 24;
const HANDLED_IN_BURST = 2;
const HANDLED_PER_TURN = 64;

export function createInbox(handle: (datagram: Uint8Array, origin: Origin) => void): Inbox {
  /** Handled after what is in `current`. */
  let arrived: Item[] = [];
  let current: Item[] = [];
  let next = 0;
  let bytes = 0;
  let arrivedThisTurn = 0;
  let turn: NodeJS.Immediate | undefined;

  function handleSome(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      if (next === current.length) {
        current = arrived;
        arrived = [];
        next = 0;
      }
      const item = current[next];
      if (!item) return;
      next += 1;
      bytes -= item.datagram.length + ITEM_BYTES;
      handle(item.datagram, item.origin);
    }
  }

  function onTurn(): void {
    handleSome(arrivedThisTurn >= BURST ? HANDLED_IN_BURST : HANDLED_PER_TURN);
    arrivedThisTurn = 0;
    const more = next < current.length || arrived.length > 0;
    turn = more ? setImmediate(onTurn) : undefined;
  }

  return {
    add(datagram, origin) {
      arrived.push({ datagram, origin });
      arrivedThisTurn += 1;
      bytes += datagram.length + ITEM_BYTES;
      // No more room: the kernel's buffer holds what is next, and drops and counts what it can't.
      while (bytes > MAX_BYTES) handleSome(1);
      turn ??= setImmediate(onTurn);
    },
  };
}
