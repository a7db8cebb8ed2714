/** The end of the road in a thread that hosts backends: batches in, decoded traps out, acknowledged. */
import type { MessagePort } from 'node:worker_threads';
import type { Trap } from '../driver/alerts.ts';
import { createIdentifierReader, type IdentifierReader } from './ber.ts';
import { NUMBERS_PER_TRAP, type TrapAck, type TrapBatch, type TrapSender } from './messages.ts';
import { decodePdu, type Notification } from './pdu.ts';

/**
 * Calls `take` for each trap, in order. When it has returned for all traps of a batch (and what it
 * returned has settled), the batch is acknowledged: informs in it are answered then.
 */
export function receiveTraps(
  port: MessagePort,
  take: (backend: string, trap: Trap) => void | Promise<void>,
): void {
  const identifier = createIdentifierReader();
  port.on('message', (batch: TrapBatch) => {
    const unsettled: Promise<void>[] = [];
    for (const { backend, trap } of trapsOf(batch, identifier)) {
      const taken = tryTake(take, backend, trap);
      if (taken) unsettled.push(taken);
    }
    const acknowledge = () => port.postMessage({ id: batch.id } satisfies TrapAck);
    if (unsettled.length === 0) acknowledge();
    else void Promise.allSettled(unsettled).then(acknowledge);
  });
}

/** A backend that fails has had the trap: sending it again would not help. */
function tryTake(
  take: (backend: string, trap: Trap) => void | Promise<void>,
  backend: string,
  trap: Trap,
): Promise<void> | void {
  try {
    return take(backend, trap);
  } catch {
    return undefined;
  }
}

function* trapsOf({ bytes, numbers, senders }: TrapBatch, identifier: IdentifierReader) {
  let start = 0;
  for (let at = 0; at < numbers.length; at += NUMBERS_PER_TRAP) {
    const sender = senders[numbers[at] ?? 0];
    const receivedAt = numbers[at + 1] ?? 0;
    const end = numbers[at + 2] ?? 0;
    const pdu = bytes.subarray(start, end);
    start = end;
    if (sender)
      yield {
        backend: sender.backend,
        trap: toTrap(sender, receivedAt, decodePdu(pdu, sender.version, identifier)),
      };
  }
}

function toTrap(sender: TrapSender, receivedAt: number, notification: Notification): Trap {
  const { requestId: _, ...stated } = notification;
  return {
    ...stated,
    version: sender.version,
    source: sender.source,
    source_port: sender.port,
    ...(sender.engineId === undefined ? {} : { engine_id: sender.engineId }),
    received_at: receivedAt,
  };
}
