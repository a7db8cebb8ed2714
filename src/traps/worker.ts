/** The end of the road in a thread that hosts backends: batches in, decoded traps out, acknowledged. */
import type { MessagePort } from 'node:worker_threads';
import type { Trap } from '../driver/alerts.ts';
import type { TrapAck, TrapBatch, TrapItem } from './messages.ts';
import { decodePdu } from './pdu.ts';

/**
 * Calls `take` for each trap, in order. When it has returned for all traps of a batch (and what it
 * returned has settled), the batch is acknowledged: informs in it are answered then.
 */
export function receiveTraps(
  port: MessagePort,
  take: (backend: string, trap: Trap) => void | Promise<void>,
): void {
  port.on('message', ({ id, bytes, traps }: TrapBatch) => {
    const taken = traps.map(async (item) => take(item.backend, toTrap(item, bytes)));
    void Promise.allSettled(taken).then(() => port.postMessage({ id } satisfies TrapAck));
  });
}

function toTrap(item: TrapItem, bytes: Uint8Array): Trap {
  const { requestId: _, ...notification } = decodePdu(
    bytes.subarray(item.start, item.end),
    item.version,
  );
  return {
    ...notification,
    version: item.version,
    source: item.source,
    source_port: item.port,
    ...(item.engineId === undefined ? {} : { engine_id: item.engineId }),
    received_at: item.receivedAt,
  };
}
