/** The last good records of every list, each with the time it was read. */
import { withKept } from './incomplete.ts';
import type { Inventory } from './snapshot.ts';
import type { InventoryRound } from './collect.ts';
import type { ResourceType } from '../driver/metrics.ts';

/** Rounds that may fail before a list is withdrawn. */
const STALE_INTERVALS = 3;

/** Lists whose vanished records take their performance series along. */
export const MEASURED_LISTS: readonly (readonly [keyof Inventory, string, ResourceType])[] = [
  ['storage_pools', 'native_storage_pool_id', 'storagePool'],
  ['volumes', 'native_volume_id', 'volume'],
  ['controllers', 'native_controller_id', 'controller'],
  ['ports', 'native_port_id', 'port'],
  ['disks', 'native_disk_id', 'disk'],
  ['filesystems', 'native_filesystem_id', 'filesystem'],
  ['shares', 'native_share_id', 'share'],
  ['volume_groups', 'native_volume_group_id', 'volumeGroup'],
  ['storage_hosts', 'native_storage_host_id', 'host'],
];

/** One moment by both clocks: age is told by the steady one only. */
export interface Moment {
  /** Epoch ms. */
  readonly wall: number;
  /** Monotonic, ms. */
  readonly steady: number;
}

export interface InventoryStore {
  /** Takes a round; lists that failed keep their old records for a while. Returns what vanished. */
  add(round: InventoryRound, now: Moment): { type: ResourceType; ids: ReadonlySet<string> }[];
  /** The records that are not stale; `steady` as in `Moment`. */
  current(steady: number, intervalMs: number): Inventory;
  /** When a list was read, `at` monotonic; undefined: it is not there. */
  read(list: string): ReadList | undefined;
  /** Lists whose last answer was whole. */
  wholeLists(): ReadonlySet<keyof Inventory>;
  /** When the newest list was read, epoch ms. */
  time(): number | undefined;
}

export interface ReadList {
  /** ms */
  readonly at: number;
  /** Nothing of it was missing. */
  readonly whole: boolean;
}

interface Answer {
  readonly records: unknown;
  /** Monotonic, ms. */
  readonly at: number;
}

interface Known {
  readonly last: Answer;
  /** The last answer of which nothing was missing. */
  readonly whole: Answer | undefined;
  /** `last` with what only `whole` has. */
  readonly merged: unknown;
}

export function createInventoryStore(): InventoryStore {
  const lists = new Map<string, Known>();
  /** Ids told since the last whole answer: what the next one lacks has vanished. */
  const told = new Map<string, ReadonlySet<string>>();
  let newest: number | undefined;

  function take(name: string, last: Answer, isWhole: boolean): void {
    const whole = isWhole ? last : lists.get(name)?.whole;
    const merged =
      whole && whole !== last ? withKept(name, last.records, whole.records) : last.records;
    lists.set(name, { last, whole, merged });
  }

  function vanishedIn(round: InventoryRound) {
    return MEASURED_LISTS.flatMap(([name, idField, type]) => {
      if (!round.settled.has(name)) return [];
      const now = idsOf(round.inventory[name], idField);
      const before = told.get(name) ?? new Set<string>();
      const isWhole = !round.incomplete.has(name);
      told.set(name, isWhole ? now : before.union(now));
      const ids = before.difference(now);
      return isWhole && ids.size > 0 ? [{ type, ids }] : [];
    });
  }

  return {
    add(round, now) {
      for (const name of round.settled) if (!(name in round.inventory)) lists.delete(name);
      for (const [name, records] of Object.entries(round.inventory)) {
        take(name, { records, at: now.steady }, !round.incomplete.has(name));
        newest = now.wall;
      }
      return vanishedIn(round);
    },
    current(steady, intervalMs) {
      const isOld = ({ at }: Answer) => steady - at > STALE_INTERVALS * intervalMs;
      const current: Record<string, unknown> = {};
      for (const [name, { last, whole, merged }] of lists) {
        if (isOld(last)) lists.delete(name);
        else current[name] = whole && !isOld(whole) ? merged : last.records;
      }
      return current;
    },
    read(list) {
      const known = lists.get(list);
      return known && { at: known.last.at, whole: known.last === known.whole };
    },
    wholeLists() {
      const whole = [...lists].filter(([, known]) => known.last === known.whole);
      return new Set(whole.map(([name]) => name as keyof Inventory));
    },
    time: () => (lists.size > 0 ? newest : undefined),
  };
}

function idsOf(records: unknown, idField: string): Set<string> {
  const list = Array.isArray(records) ? (records as Record<string, unknown>[]) : [];
  return new Set(list.map((record) => String(record[idField])));
}
