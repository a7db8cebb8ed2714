/** SnapMirror relationships. They are listed where they end. */
import { compact, flag, lookup, text, type Foreign, type Replication } from 'delfin-agent/driver';
import { REPLICATION_STATES, REPLICATION_TYPES } from './tables.ts';
import { durationOf, label, pick, uuidAt } from './values.ts';

/** The policies under which both sides serve at the same time. */
const ACTIVE_ACTIVE = /^AutomatedFailOver/i;

const FAILED_TRANSFERS = new Set(['failed', 'aborted', 'hard_aborted']);

/** `SVM:volume` -> file system. */
export function filesystemsByPath(volumes: readonly Foreign[]): ReadonlyMap<string, string> {
  return new Map(
    volumes.flatMap((volume): [string, string][] => {
      const [svm, name, id] = [pick(volume, 'svm.name'), volume['name'], text(volume['uuid'])];
      return typeof svm === 'string' && typeof name === 'string' && id !== undefined
        ? [[`${svm}:${name}`, id]]
        : [];
    }),
  );
}

/** Undefined: it could not be read. */
export interface Ends {
  readonly cluster: string | undefined;
  readonly filesystems: ReadonlyMap<string, string> | undefined;
}

export function toReplication(relationship: Foreign, id: string, ends: Ends): Replication {
  const [source, destination] = [pick(relationship, 'source'), pick(relationship, 'destination')];
  const path = label(pick(destination, 'path'));
  return compact<Replication>({
    native_replication_id: id,
    name: path,
    type: typeOf(relationship),
    role: roleOf(source, ends.cluster),
    status: stateOf(relationship),
    native_filesystem_id: path === undefined ? undefined : ends.filesystems?.get(path),
    remote_system: label(pick(source, 'cluster.name')),
    remote_resource: label(pick(source, 'path')),
    lag: durationOf(relationship['lag_time']),
  });
}

function typeOf(relationship: Foreign): Replication['type'] {
  const type = lookup(REPLICATION_TYPES, pick(relationship, 'policy.type'));
  const policy = text(pick(relationship, 'policy.name')) ?? '';
  return type === 'sync' && ACTIVE_ACTIVE.test(policy) ? 'active_active' : type;
}

/** Within one cluster both ends are here. */
function roleOf(source: unknown, cluster: string | undefined): Replication['role'] {
  if (cluster === undefined) return undefined;
  return uuidAt({ source }, 'source.cluster') === cluster ? 'both' : 'target';
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
