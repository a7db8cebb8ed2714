/** The last good records of every list, each with the time it was read. */
import type { Inventory } from './snapshot.ts';
import type { InventoryRound } from './collect.ts';
import type { ResourceType } from '../driver/metrics.ts';

/** Rounds that may fail before a list is withdrawn. */
const STALE_INTERVALS = 3;

/** Lists whose vanished records take their performance series along. */
const MEASURED: readonly (readonly [keyof Inventory, string, ResourceType])[] = [
  ['storage_pools', 'native_storage_pool_id', 'storagePool'],
  ['volumes', 'native_volume_id', 'volume'],
  ['controllers', 'native_controller_id', 'controller'],
  ['ports', 'native_port_id', 'port'],
  ['disks', 'native_disk_id', 'disk'],
  ['filesystems', 'native_filesystem_id', 'filesystem'],
  ['shares', 'native_share_id', 'share'],
];

export interface InventoryStore {
  /** Takes a round; lists that failed keep their old records for a while. Returns what vanished. */
  add(round: InventoryRound, now: number): { type: ResourceType; ids: ReadonlySet<string> }[];
  /** The records that are not stale. */
  current(now: number, intervalMs: number): Inventory;
  /** When the newest list was read, epoch ms. */
  time(): number | undefined;
}

export function createInventoryStore(): InventoryStore {
  const lists = new Map<string, { readonly records: unknown; readonly time: number }>();
  let newest: number | undefined;
  return {
    add(round, now) {
      const vanished = MEASURED.flatMap(([name, idField, type]) => {
        if (!round.settled.has(name)) return [];
        const ids = idsOf(lists.get(name)?.records, idField);
        for (const id of idsOf(round.inventory[name], idField)) ids.delete(id);
        return ids.size > 0 ? [{ type, ids }] : [];
      });
      for (const name of round.settled) lists.delete(name);
      for (const [name, records] of Object.entries(round.inventory)) {
        lists.set(name, { records, time: now });
        newest = now;
      }
      return vanished;
    },
    current(now, intervalMs) {
      for (const [name, { time }] of lists) {
        if (now - time > STALE_INTERVALS * intervalMs) lists.delete(name);
      }
      return Object.fromEntries(Array.from(lists, ([name, { records }]) => [name, records]));
    },
    time: () => (lists.size > 0 ? newest : undefined),
  };
}

function idsOf(records: unknown, idField: string): Set<string> {
  const list = Array.isArray(records) ? (records as Record<string, unknown>[]) : [];
  return new Set(list.map((record) => String(record[idField])));
}
