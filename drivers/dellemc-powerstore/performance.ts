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
  type DriverContext,
  type Foreign,
  type ResourceMetrics,
  type ResourceType,
  type SampleWindow,
  type Series,
} from 'delfin-agent/driver';
import { readArchive } from './archive.ts';
import type { Client, Interval } from './client.ts';
import { NODES } from './fields.ts';
import {
  entityOf,
  FAMILIES,
  FINE_LASTS_MS,
  PERIODS_MS,
  timesOf,
  valuesOf,
  type Family,
} from './metrics.ts';
import { isNode, isSnapshot, seatOf } from './records.ts';
import { createTurns, type Target, type Turn } from './turns.ts';

/** An array that is slow is asked about fewer objects a round. */
const PATIENCE_MS = 90_000;
/** The archive holds the newest five minutes; older than this it is left over. */
const ARCHIVE_LASTS_MS = 15 * 60_000;
/** Those of which a fault of the archive costs the round: nobody asks about them one by one instead. */
const ARCHIVED: ReadonlySet<Family> = new Set(FAMILIES.filter(({ archived }) => archived));

export function createPerformance(client: Client, context: DriverContext, perMinute: number) {
  const { parts } = client;
  const turns = createTurns(perMinute);
  let waits: Partial<Record<ResourceType, number>> = {};

  /** A turn's objects, one request each. */
  function ask({ family, targets, cycleMs }: Turn, series: Series, { start, end }: SampleWindow) {
    const interval = cycleMs > FINE_LASTS_MS ? 'Five_Mins' : 'Twenty_Sec';
    const until = performance.now() + PATIENCE_MS;
    return parts.children(targets, async (target) => {
      if (performance.now() > until) return;
      const seen = turns.begin(target);
      const resource = { ...target, type: family.type };
      // What came since its last turn is older than the window.
      const wanted = { from: Math.min(start, (seen.newest ?? Infinity) + 1), to: end };
      for (const row of await rowsOf(client, target, interval)) {
        const values = valuesOf(family, row);
        for (const time of timesOf(row, PERIODS_MS[interval], wanted)) {
          series.add(resource, time, values);
          seen.newest = Math.max(seen.newest ?? 0, time);
        }
      }
    });
  }

  return {
    async collect(asked: ResourceMetrics, window: SampleWindow) {
      const families = FAMILIES.filter(({ type }) => asked[type]);
      const targets = await parts.union(
        families.map((family) => () => parts.ifAny(() => targetsOf(family, client, context))),
      );
      const series = createSeries(context, asked);
      let archive: ReadonlySet<Family> = new Set();
      if (targets.length > perMinute) {
        const read = () => addArchived(client, targets, series, window.end);
        archive = (await parts.added(read)) ?? ARCHIVED;
      }
      const others = targets.filter(({ family }) => !archive.has(family));
      const chosen = turns.next(others).filter((turn) => turn.targets.length > 0);
      waits = waitsOf(chosen, archive);
      await parts.union(chosen.map((turn) => () => ask(turn, series, window)));
      return series.metrics();
    },
    /** How long each type waits for its next turn, seconds. */
    waits: () => waits,
    /** The array's own clock. */
    async latest() {
      const [cluster] = await client.all('cluster', { select: 'id,system_time' });
      return utcTime(cluster?.['system_time']);
    },
  };
}

async function rowsOf(client: Client, { family, entityId }: Target, interval: Interval) {
  const entity = entityOf(family);
  try {
    return await client.metrics(entity, entityId, interval);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new NotSupported(`the array has no ${entity}: ${error.message}`);
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

/**
 * Adds what the archive has of the families; none where the array has no archive, or of a table that is
 * left over from another time. `now`: by the array's clock.
 */
async function addArchived(
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
    const { archived, type } = family;
    const rows = (archived && tables.get(`${entityOf(family)}.csv`)) || [];
    const timed = rows.map((row) => ({ row, time: utcTime(row['timestamp']) ?? -Infinity }));
    if (!timed.some(({ time }) => time >= now - ARCHIVE_LASTS_MS)) continue;
    found.add(family);
    const known = new Map(own.map((target) => [target.id, { ...target, type }]));
    for (const { row, time } of timed) {
      const resource = known.get(identifier(row[archived ?? '']) ?? '');
      if (resource) series.add(resource, time, valuesOf(family, row));
    }
  }
  return found;
}

/** The objects of a family, with their names. */
async function targetsOf(
  family: Family,
  client: Client,
  { storageId }: DriverContext,
): Promise<readonly Target[]> {
  const { type, resource, asked } = family;
  if (resource === 'node') return nodesOf(family, client);
  const objects = (await client.all(resource, asked)).filter((one) => !isSnapshot(one));
  return withId(objects, (one, entityId) => {
    const id = type === 'storage' ? storageId : entityId;
    return { family, entityId, id, name: identifier(one['name']) };
  });
}

/** Nodes are measured by the id of `node`, and are known by that of their hardware. */
async function nodesOf(family: Family, client: Client): Promise<readonly Target[]> {
  const nodes = await client.all('node');
  const hardware = (await client.all('hardware', NODES)).filter(isNode);
  const seats = new Map(hardware.map((one) => [seatOf(one), one]));
  return withId(nodes, (node, entityId): readonly Target[] => {
    const seat = seats.get(seatOf(node));
    const id = identifier(seat?.['id']);
    if (id !== undefined) return [{ family, entityId, id, name: identifier(seat?.['name']) }];
    client.parts.tell(new InvalidResponse(`node ${entityId} is in no hardware of the array`));
    return [];
  }).flat();
}
