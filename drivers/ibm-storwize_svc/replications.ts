/** Remote copies of volumes, replicated volume groups, FlashCopy mappings; each is numbered apart. */
import {
  compact,
  countBy,
  fraction,
  identifier,
  lookup,
  text,
  zonedTime,
  type DriverContext,
  type Replication,
} from 'delfin-agent/driver';
import { zoneOf } from './dumps.ts';
import { ifKnown, type Reader } from './inventory.ts';
import type { Row } from './table.ts';

/** Idling and stopped copies are someone's will; disconnected ones have lost the other system. */
const RELATIONSHIP_STATES = {
  consistent_synchronized: 'normal', consistent_copying: 'normal', inconsistent_copying: 'syncing',
  consistent_stopped: 'suspended', inconsistent_stopped: 'suspended', idling: 'suspended',
  idling_disconnected: 'failed', inconsistent_disconnected: 'failed',
  consistent_disconnected: 'failed',
} as const; // prettier-ignore

const COPY_TYPES = { metro: 'sync', global: 'async', activeactive: 'active_active' } as const;

/** A suspended mapping has lost its source or its bitmap: its target is offline. */
const MAP_STATES = {
  idle_or_copied: 'normal', copied: 'normal', prepared: 'normal', preparing: 'syncing', copying: 'syncing',
  stopping: 'suspended', stopped: 'suspended', suspended: 'failed',
} as const; // prettier-ignore

const GROUP_STATES = {
  running: 'normal', synchronized: 'normal', connected: 'normal', synchronizing: 'syncing',
  suspended: 'suspended', stopped: 'suspended', disconnected: 'failed',
} as const; // prettier-ignore
const GROUP_ROLES = { production: 'source', recovery: 'target', independent: 'both' } as const;

export async function listReplications(
  reader: Reader,
  load: () => Promise<Row>,
  context: DriverContext,
): Promise<Replication[]> {
  return await reader.parts.union<Replication>([
    async () => {
      const rows = (await ifKnown(reader, 'lsrcrelationship'))?.filter(hasId);
      if (!rows || rows.length === 0) return rows && [];
      const system = await load();
      const clock = { zone: zoneOf(system, context), now: context.now() };
      return rows.map((row) => relationshipOf(row, system['id'], clock));
    },
    async () => (await ifKnown(reader, 'lsvolumegroupreplication'))?.filter(hasId).map(groupOf),
    async () =>
      (await ifKnown(reader, 'lsfcmap'))
        ?.filter((row) => hasId(row) && row['rc_controlled'] !== 'yes')
        .map(mapOf),
  ]);
}

const hasId = (row: Row) => Boolean(row['id']);

interface Clock {
  readonly zone: string;
  readonly now: number;
}

function relationshipOf(row: Row, here: string | undefined, clock: Clock): Replication {
  const master = row['master_cluster_id'] === here;
  const both = master && row['aux_cluster_id'] === here;
  const [own, other] = master ? ['master', 'aux'] : ['aux', 'master'];
  return compact<Replication>({
    native_replication_id: `rc_${row['id']}`,
    name: identifier(row['name']),
    type: lookup(COPY_TYPES, row['copy_type']),
    role: both ? 'both' : roleOf(row['primary'], own),
    status: lookup(RELATIONSHIP_STATES, row['state']),
    native_volume_id: text(row[`${own}_vdisk_id`]),
    remote_system: both ? undefined : identifier(row[`${other}_cluster_name`]),
    remote_resource: identifier(row[`${other}_vdisk_name`]),
    lag: ageOf(row['freeze_time'], clock),
    progress: fraction(row['progress']),
  });
}

/** Of a stopped copy that may be written on both sides nobody is the primary. */
function roleOf(primary: string | undefined, own: string): Replication['role'] {
  if (primary === undefined || primary === '') return 'unknown';
  return primary === own ? 'source' : 'target';
}

/** Since `2024/11/08/20/03/57`, by the system's clock, when the other side was last consistent. */
function ageOf(written: string | undefined, { zone, now }: Clock): number | undefined {
  const [, ...digits] =
    /^(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\/(\d\d)\/(\d\d)$/.exec(written ?? '') ?? [];
  if (digits.length === 0) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.map(Number);
  const age = now - zonedTime({ year, month, day, hour, minute, second }, zone);
  return age >= 0 ? age : undefined;
}

/** Two locations, one of them here. */
function groupOf(row: Row): Replication {
  const here = row['local_location'] === '2' ? 2 : 1;
  const there = 3 - here;
  const late = [1, 2].some((location) => row[`location${location}_within_rpo`] === 'no');
  const status = lookup(GROUP_STATES, row['link1_status']);
  const asynchronous = [1, 2].some((location) => row[`location${location}_within_rpo`]);
  return compact<Replication>({
    native_replication_id: `group_${row['id']}`,
    name: identifier(row['name']),
    type: asynchronous ? 'async' : 'unknown',
    role: lookup(GROUP_ROLES, row[`location${here}_replication_mode`]),
    status: status === 'normal' && late ? 'degraded' : status,
    native_volume_group_id: row['id'],
    remote_system: identifier(row[`location${there}_system_name`]),
    remote_resource: identifier(row['name']),
  });
}

function mapOf(row: Row): Replication {
  return compact<Replication>({
    native_replication_id: `fcmap_${row['id']}`,
    name: identifier(row['name']),
    type: 'snapshot',
    role: 'source',
    status: lookup(MAP_STATES, row['status']),
    native_volume_id: text(row['source_vdisk_id']),
    remote_resource: identifier(row['target_vdisk_name']),
    progress: fraction(row['progress']),
  });
}

/** Number of snapshots of each volume; undefined where the release has none of the kind. */
export async function snapshotCounts(reader: Reader) {
  const rows = await reader.parts.added(() => ifKnown(reader, 'lsvolumesnapshot'));
  return countBy(rows, (row) => row['volume_id']);
}
