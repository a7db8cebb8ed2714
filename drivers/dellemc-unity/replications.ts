/** Replication sessions -> replication records. */
import {
  compact,
  fraction,
  lookup,
  number,
  text,
  utcTime,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import { byHealth, healthOf, label, reference } from './records.ts';

type State = Replication['status'] & string;

/** ReplicationOpStatusEnum. */
const STATES: Readonly<Record<string, State>> = {
  '0': 'unknown',
  '1': 'unknown',
  '2': 'normal',
  // Non-recoverable, communication lost.
  '7': 'failed',
  '13': 'failed',
  // Failed over, with a last synchronisation or without.
  '33792': 'suspended',
  '33793': 'suspended',
  // Syncing by hand, paused, idle, configured to sync by itself.
  '33794': 'syncing',
  '33795': 'suspended',
  '33796': 'normal',
  '33797': 'normal',
  // The destination could not be extended, is being extended; active.
  '33803': 'failed',
  '33804': 'degraded',
  '33805': 'normal',
  // Communication for synchronous replication lost; the destination pool is full; syncing.
  '33806': 'failed',
  '33807': 'failed',
  '33809': 'syncing',
  // The same of some of the members of a group.
  '34792': 'suspended',
  '34793': 'suspended',
  '34794': 'syncing',
  '34795': 'suspended',
  '34796': 'normal',
  '34797': 'normal',
  // Hibernated, no bandwidth, a slow source.
  '34798': 'suspended',
  '34799': 'suspended',
  '34800': 'degraded',
};

/** ReplicationSessionSyncStateEnum: what it makes of a session that is well otherwise. */
const SYNC_STATES: Readonly<Record<string, State>> = {
  '0': 'syncing',
  '1': 'syncing',
  '101': 'degraded',
  '104': 'syncing',
  '105': 'degraded',
};

const HEALTH_STATES = byHealth('normal', 'degraded', 'failed');

/** ReplicationSessionReplicationRoleEnum: loopback and local sessions have both ends here. */
const ROLES = { '0': 'source', '1': 'target', '2': 'both', '3': 'both', '4': 'unknown' } as const;

/** ReplicationEndpointResourceTypeEnum; a NAS server is no object of the lists. */
const RESOURCES: Readonly<Record<string, keyof Replication>> = {
  '1': 'native_filesystem_id',
  '2': 'native_volume_group_id',
  '3': 'native_filesystem_id',
  '4': 'native_volume_id',
  '8': 'native_volume_id',
};

/** What other collections say; undefined: they could not be read. */
export interface Ends {
  /** Remote system id -> name. */
  readonly systems: ReadonlyMap<string, string> | undefined;
  /** Storage resource id -> file system id. */
  readonly filesystems: ReadonlyMap<string, string> | undefined;
}

export const isOfFile = (content: Foreign): boolean =>
  RESOURCES[text(content['replicationResourceType']) ?? ''] === 'native_filesystem_id';

/** `now`: epoch ms. */
export function toReplication(content: Foreign, id: string, ends: Ends, now: number): Replication {
  const role = lookup(ROLES, content['localRole']);
  const status = stateOf(content);
  const type = typeOf(content);
  const [source, target] = [text(content['srcResourceId']), text(content['dstResourceId'])];
  const [own, other] = role === 'target' ? [target, source] : [source, target];
  const system = reference(content['remoteSystem']);
  return compact<Replication>({
    native_replication_id: id,
    name: label(content['name']),
    type,
    role,
    status,
    ...resourceOf(content, own, ends),
    remote_system: system && ends.systems?.get(system),
    remote_resource: other,
    lag: type === 'async' ? ageOf(content['lastSyncTime'], now) : undefined,
    progress: status === 'syncing' ? fraction(content['syncProgress']) : undefined,
  });
}

function stateOf(content: Foreign): State | undefined {
  const state = lookup(STATES, content['status']);
  if (state !== 'normal') return state;
  const health = HEALTH_STATES[text(healthOf(content)) ?? ''];
  if (health === 'degraded' || health === 'failed') return health;
  return SYNC_STATES[text(content['syncState']) ?? ''] ?? state;
}

/** Each way of replicating has states of its own; a time to be out of sync has the asynchronous one only. */
function typeOf(content: Foreign): Replication['type'] {
  const state = number(content['syncState']);
  if (state !== undefined && state <= 2) return 'async';
  if (state !== undefined && state > 100) return 'sync';
  return number(content['maxTimeOutOfSync']) ? 'async' : 'unknown';
}

function resourceOf(content: Foreign, own: string | undefined, { filesystems }: Ends) {
  const field = RESOURCES[text(content['replicationResourceType']) ?? ''];
  if (field === undefined || own === undefined) return {};
  // A file system goes by the id of its storage resource here.
  return { [field]: field === 'native_filesystem_id' ? filesystems?.get(own) : own };
}

function ageOf(last: unknown, now: number): number | undefined {
  const time = utcTime(last);
  return time !== undefined && time <= now ? now - time : undefined;
}
