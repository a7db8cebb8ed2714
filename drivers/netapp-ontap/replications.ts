/** SnapMirror relationships. They are listed where they end. */
import {
  flag,
  identifier,
  lookup,
  pick,
  recordsOf,
  ReplicationSchema,
  text,
  withId,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import { REPLICATION_STATES, REPLICATION_TYPES } from './tables.ts';
import { durationOf, joined, uuidAt } from './values.ts';

/** The policies under which both sides serve at the same time. */
const ACTIVE_ACTIVE = /^AutomatedFailOver/i;

const FAILED_TRANSFERS = new Set(['failed', 'aborted', 'hard_aborted']);

/** What there is at the ends of them. Undefined: it could not be read. */
export interface Ends {
  readonly cluster: Foreign | undefined;
  readonly volumes: readonly Foreign[] | undefined;
}

export function toReplications({ cluster, volumes }: Ends) {
  /** `SVM/volume` -> file system. */
  const filesystems = new Map(
    withId(
      volumes ?? [],
      (volume, id) => [joined(pick(volume, 'svm.name'), volume['name']), id] as const,
      'uuid',
    ),
  );
  const here = identifier(cluster?.['uuid']);
  return recordsOf(ReplicationSchema, {
    native_replication_id: 'uuid',
    name: 'destination.path',
    type: typeOf,
    // Within one cluster both ends are here.
    role(one) {
      if (here === undefined) return undefined;
      return uuidAt(one, 'source.cluster') === here ? 'both' : 'target';
    },
    status: stateOf,
    native_filesystem_id: (one) =>
      filesystems.get(text(pick(one, 'destination.path'))?.replace(':', '/')),
    remote_system: 'source.cluster.name',
    remote_resource: 'source.path',
    lag: (one) => durationOf(one['lag_time']),
  });
}

function typeOf(relationship: Foreign): Replication['type'] {
  const type = lookup(REPLICATION_TYPES, pick(relationship, 'policy.type'));
  const policy = text(pick(relationship, 'policy.name')) ?? '';
  return type === 'sync' && ACTIVE_ACTIVE.test(policy) ? 'active_active' : type;
}

/** "Not healthy" says that the last transfer failed or is late, whatever the state. */
function stateOf(relationship: Foreign): Replication['status'] {
  const state = lookup(REPLICATION_STATES, relationship['state']);
  if (state !== 'normal') return state;
  const transfer = text(pick(relationship, 'transfer.state')) ?? '';
  if (flag(relationship['healthy']) === false) {
    return FAILED_TRANSFERS.has(transfer) ? 'failed' : 'degraded';
  }
  return transfer === 'transferring' ? 'syncing' : state;
}
