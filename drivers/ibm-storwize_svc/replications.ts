/** Remote copies of volumes, replicated volume groups, FlashCopy mappings; each is numbered apart. */
import {
  fraction,
  identifier,
  lookup,
  recordsOf,
  ReplicationSchema,
  text,
  type DriverContext,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import { numbered, word } from './records.ts';
import { clockOf, timeOf, zoneOf } from './statistics.ts';
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

const progress = ({ progress: percent }: Foreign) => fraction(percent);

/** Relationships as this system sees them. */
export function toRelationships(rows: readonly Foreign[], system: Row, context: DriverContext) {
  const timezone = zoneOf(system, context);
  return fromSides(rows, (row) => {
    const isMaster = row['master_cluster_id'] === system['id'];
    const [own, other] = isMaster ? ['master', 'aux'] : ['aux', 'master'];
    const isBoth = isMaster && row['aux_cluster_id'] === system['id'];
    return {
      own: isBoth ? 'both' : own,
      volume: row[`${own}_vdisk_id`],
      system: isBoth ? undefined : row[`${other}_cluster_name`],
      resource: row[`${other}_vdisk_name`],
      // When the other side was last consistent.
      lag: context.now() - (timeOf(clockOf(text(row['freeze_time'])), timezone) ?? Number.NaN),
    };
  });
}

const fromSides = recordsOf(ReplicationSchema, {
  native_replication_id: numbered('rc'),
  name: 'name',
  type: ['copy_type', COPY_TYPES],
  role: roleOf,
  status: ['state', RELATIONSHIP_STATES],
  native_volume_id: word('volume'),
  remote_system: 'system',
  remote_resource: 'resource',
  lag: 'lag',
  progress,
});

/** Of a stopped copy that may be written on both sides nobody is the primary. */
function roleOf({ own, primary }: Foreign): Replication['role'] {
  if (own === 'both') return 'both';
  if (!primary) return 'unknown';
  return primary === own ? 'source' : 'target';
}

/** Two locations, one of them here. */
const hereOf = (row: Foreign) => (row['local_location'] === '2' ? 2 : 1);
const punctual = (row: Foreign) =>
  [1, 2].flatMap((location) => row[`location${location}_within_rpo`] || []);

export const toGroupReplications = recordsOf(ReplicationSchema, {
  native_replication_id: numbered('group'),
  name: 'name',
  type: (row) => (punctual(row).length > 0 ? 'async' : 'unknown'),
  role: (row) => lookup(GROUP_ROLES, row[`location${hereOf(row)}_replication_mode`]),
  status(row) {
    const status = lookup(GROUP_STATES, row['link1_status']);
    return status === 'normal' && punctual(row).includes('no') ? 'degraded' : status;
  },
  native_volume_group_id: 'id',
  remote_system: (row) => identifier(row[`location${3 - hereOf(row)}_system_name`]),
  remote_resource: 'name',
});

const toMaps = recordsOf(ReplicationSchema, {
  native_replication_id: numbered('fcmap'),
  name: 'name',
  type: 'snapshot',
  role: 'source',
  status: ['status', MAP_STATES],
  native_volume_id: word('source_vdisk_id'),
  remote_resource: 'target_vdisk_name',
  progress,
});

/** Those of a remote copy belong to it. */
export const toFlashCopies = (rows: readonly Foreign[]) =>
  toMaps(rows.filter((row) => row['rc_controlled'] !== 'yes'));
