/** Pure: replication sessions, asynchronous, synchronous and metro. */
import {
  compact,
  fraction,
  identifier,
  lookup,
  utcTime,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import { byId } from './records.ts';
import { REPLICATION_ROLES, REPLICATION_STATES, REPLICATION_TYPES } from './states.ts';

/** What could be read beside the sessions. */
export interface ReplicationParts {
  readonly remotes: readonly Foreign[] | undefined;
  /** The array's own clock, epoch ms. */
  readonly now: number | undefined;
}

const RESOURCES = {
  volume: 'native_volume_id',
  volume_group: 'native_volume_group_id',
  file_system: 'native_filesystem_id',
} as const satisfies Record<string, keyof Replication>;

export function toReplication(
  session: Foreign,
  id: string,
  { remotes, now }: ReplicationParts,
): Replication {
  // Before 3.0 there was no other type.
  const type = 'type' in session ? lookup(REPLICATION_TYPES, session['type']) : 'async';
  const field = Object.entries(RESOURCES).find(([name]) => name === session['resource_type'])?.[1];
  const remote = byId(remotes ?? []).get(identifier(session['remote_system_id']) ?? '');
  const synced = utcTime(session['last_sync_timestamp']);
  // Of the others the time is that of their first copy.
  const ages = type === 'async' && now !== undefined && synced !== undefined;
  return compact<Replication>({
    native_replication_id: id,
    type,
    role: lookup(REPLICATION_ROLES, session['role']),
    status: lookup(REPLICATION_STATES, session['state']),
    ...(field ? { [field]: identifier(session['local_resource_id']) } : {}),
    remote_system: identifier(remote?.['name']),
    remote_resource: identifier(session['remote_resource_id']),
    lag: ages ? Math.max(0, now - synced) : undefined,
    progress: fraction(session['progress_percentage']),
  });
}
