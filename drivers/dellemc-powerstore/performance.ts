/** Collecting: the archive where there are too many objects and the array has one, else turns. */
import {
  AccessDenied,
  createSeries,
  identifier,
  InvalidResponse,
  isVendorsWord,
  NotSupported,
  Refused,
  utcTime,
  withId,
  type Capabilities,
  type DriverContext,
  type Foreign,
  type ResourceMetrics,
  type ResourceType,
  type SampleWindow,
  type Series,
} from 'delfin-agent/driver';
import { readArchive } from './archive.ts';
import type { Client, Interval } from './client.ts';
import { FAMILIES, FINE_LASTS_MS, PERIODS_MS, valuesOf, type Family } from './metrics.ts';
import { isNode, isSnapshot, seatOf } from './records.ts';
import { forEachTime } from './samples.ts';
import { VOLUMES } from './inventory.ts';
import { createTurns, keyOf, type Target, type Turn } from './turns.ts';

/** An array that is slow is asked about fewer objects a round. */
const PATIENCE_MS = 90_000;
/** The archive holds the newest five minutes; older than this it is left over. */
const ARCHIVE_LASTS_MS = 15 * 60_000;

export interface Performance {
  collect(asked: ResourceMetrics, window: SampleWindow): Promise<ReturnType<Series['metrics']>>;
  /** How long each type waits for its next turn, seconds. */
  waits(): NonNullable<Capabilities['turns']>;
  /** The array's own clock. */
  latest(): Promise<number | undefined>;
}

export function createPerformance(
  client: Client,
  context: DriverContext,
  perMinute: number,
): Performance {
  const { parts } = client;
  const turns = createTurns(perMinute);
  let waits: Partial<Record<ResourceType, number>> = {};

  /** A turn's objects, one request each. */
  async function ask({ family, targets, cycleMs }: Turn, series: Series, window: SampleWindow) {
    const interval = cycleMs > FINE_LASTS_MS ? 'Five_Mins' : 'Twenty_Sec';
    const until = performance.now() + PATIENCE_MS;
    await parts.children(targets, async (target) => {
      if (performance.now() > until) return;
      turns.asked(target);
      const rows = await rowsOf(client, target, interval);
      const key = keyOf(target);
      // What came since its last turn is older than the window.
      const from = Math.min(window.start, (turns.newest.get(key) ?? Infinity) + 1);
      const resource = { type: family.type, id: target.id, name: target.name };
      for (const row of rows) {
        const values = valuesOf(family.measures, row);
        forEachTime(row, PERIODS_MS[interval], { from, to: window.end }, (time) => {
          series.add(resource, time, values);
          turns.newest.set(key, Math.max(turns.newest.get(key) ?? 0, time));
        });
      }
    });
  }

  return {
    async collect(asked, window) {
      const families = FAMILIES.filter(({ type }) => asked[type]);
      const targets = await parts.union(
        families.map((family) => () => parts.ifAny(() => targetsOf(family, client, context))),
      );
      const series = createSeries(context, asked);
      let wanted = targets;
      let archive: ReadonlySet<Family> = new Set();
      if (targets.length > perMinute) {
        archive =
          (await parts.added(() => archived(client, targets, series, window.end))) ?? ARCHIVED;
        wanted = targets.filter(({ family }) => !archive.has(family));
      }
      const chosen = turns.next(wanted).filter((turn) => turn.targets.length > 0);
      waits = waitsOf(chosen, archive);
      const turnsOf = chosen.map((turn) => async () => {
        await ask(turn, series, window);
        return [turn];
      });
      if (turnsOf.length > 0) await parts.union(turnsOf);
      return series.metrics();
    },
    waits: () => waits,
    async latest() {
      const [cluster] = await client.all('cluster', { select: 'id,system_time' });
      return utcTime(cluster?.['system_time']);
    },
  };
}

async function rowsOf(
  client: Client,
  { family, entityId }: Target,
  interval: Interval,
): Promise<readonly Foreign[]> {
  try {
    return await client.metrics(family.entity, entityId, interval);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new NotSupported(`the array has no ${family.entity}: ${error.message}`);
  }
}

/** The longest of each type, where it takes more than a round. */
function waitsOf(chosen: readonly Turn[], archive: ReadonlySet<Family>) {
  const waits: Partial<Record<ResourceType, number>> = {};
  for (const { type } of archive) waits[type] = PERIODS_MS.Five_Mins / 1_000;
  for (const { family, cycleMs } of chosen) {
    const seconds = cycleMs / 1_000;
    if (seconds > 60) waits[family.type] = Math.max(waits[family.type] ?? 0, seconds);
  }
  return waits;
}

/** The families that the archive has; none where the array has no archive. */
async function archived(
  client: Client,
  targets: readonly Target[],
  series: Series,
  now: number,
): Promise<ReadonlySet<Family>> {
  const tables = await client.parts.either<ReadonlyMap<string, readonly Foreign[]>>(
    'archive',
    [
      { ask: async () => readArchive(await client.archive()) },
      { ask: () => Promise.resolve(new Map()) },
    ],
    // Whoever may not read it has the finer samples of turns.
    (error) => isVendorsWord(error) || error instanceof AccessDenied,
  );
  const found = new Set<Family>();
  for (const [family, own] of Map.groupBy(targets, (target) => target.family)) {
    const rows = family.archive && tables.get(family.archive.file);
    if (rows && addArchived(family, rows, { targets: own, series, now })) found.add(family);
  }
  return found;
}

/** Those of which a fault of the archive costs the round: nobody asks about them one by one instead. */
const ARCHIVED: ReadonlySet<Family> = new Set(FAMILIES.filter(({ archive }) => archive));

/** False: the table is left over from another time. */
function addArchived(
  family: Family,
  rows: readonly Foreign[],
  {
    targets,
    series,
    now,
  }: {
    readonly targets: readonly Target[];
    readonly series: Series;
    /** By the array's clock. */
    readonly now: number;
  },
): boolean {
  const known = new Map(targets.map((target) => [target.id, target]));
  const timed = rows.map((row) => ({ row, time: utcTime(row['timestamp']) ?? -Infinity }));
  const newest = timed.reduce((latest, { time }) => Math.max(latest, time), -Infinity);
  if (newest < now - ARCHIVE_LASTS_MS) return false;
  for (const { row, time } of timed) {
    const target = known.get(identifier(row[family.archive?.id ?? '']) ?? '');
    if (!target) continue;
    const { id, name } = target;
    series.add({ type: family.type, id, name }, time, valuesOf(family.measures, row));
  }
  return true;
}

/** The objects of a family, with their names. */
async function targetsOf(
  family: Family,
  client: Client,
  { storageId }: DriverContext,
): Promise<readonly Target[]> {
  const { resource } = family;
  if (resource === 'node') return nodesOf(family, client);
  const asked = resource === 'volume' ? { ...VOLUMES, select: 'id,name,type' } : { select: SELECTS[resource] ?? 'id,name' }; // prettier-ignore
  const objects = (await client.all(resource, asked)).filter((one) => !isSnapshot(one));
  return withId(objects, (one, entityId) => ({
    family,
    entityId,
    id: resource === 'cluster' ? storageId : entityId,
    name: identifier(one['name']),
  }));
}

const SELECTS: Readonly<Record<string, string>> = {
  volume_group: 'id,name,type',
  file_system: 'id,name,filesystem_type',
};

/** Nodes are measured by the id of `node`, and are known by that of their hardware. */
async function nodesOf(family: Family, client: Client): Promise<readonly Target[]> {
  const nodes = await client.all('node');
  const asked = { select: 'id,name,type,lifecycle_state,appliance_id,slot', filter: { type: 'eq.Node' } }; // prettier-ignore
  const hardware = (await client.all('hardware', asked)).filter(isNode);
  const seats = new Map(hardware.map((one) => [seatOf(one), one]));
  return withId(nodes, (node, entityId) => {
    const seat = seats.get(seatOf(node));
    const id = identifier(seat?.['id']);
    if (id === undefined) {
      const error = new InvalidResponse(`node ${entityId} is in no hardware of the array`);
      client.parts.tell(error);
    }
    return { family, entityId, id: id ?? '', name: identifier(seat?.['name']) };
  }).filter(({ id }) => id !== '');
}
