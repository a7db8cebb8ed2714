/** Remote replication and HyperMetro pairs -> replication records. */
import {
  compact,
  flag,
  fraction,
  identifier,
  lookup,
  number,
  text,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import { reference, written } from './records.ts';
import { replicationState } from './states.ts';

/** One kind of pair: its collection, and how its fields are called. */
export interface PairKind {
  readonly path: string;
  /** In front of ids that may meet those of the other kind. */
  readonly prefix: string;
  readonly resourceType: string;
  /** Codes of `resourceType` -> what of this array is copied. */
  readonly resources: Readonly<Record<string, 'native_volume_id' | 'native_filesystem_id'>>;
  readonly local: string;
  readonly remote: string;
  readonly progress: string;
  readonly type: (pair: Foreign) => Replication['type'];
}

/** REPLICATIONMODEL. */
const MODELS = { '1': 'sync', '2': 'async' } as const;

export const PAIR_KINDS: readonly PairKind[] = [
  {
    path: '/REPLICATIONPAIR',
    prefix: '',
    resourceType: 'LOCALRESTYPE',
    resources: { '11': 'native_volume_id', '40': 'native_filesystem_id' },
    local: 'LOCALRES',
    remote: 'REMOTERES',
    progress: 'REPLICATIONPROGRESS',
    type: (pair) => lookup(MODELS, text(pair['REPLICATIONMODEL'])),
  },
  {
    path: '/HyperMetroPair',
    prefix: 'hypermetro:',
    resourceType: 'HCRESOURCETYPE',
    resources: { '1': 'native_volume_id', '2': 'native_filesystem_id' },
    local: 'LOCALOBJ',
    remote: 'REMOTEOBJ',
    progress: 'SYNCPROGRESS',
    type: () => 'active_active',
  },
];

/** `now`: epoch ms. */
export function toReplication(pair: Foreign, kind: PairKind, now: number): Replication {
  const id = identifier(pair['ID']);
  const type = kind.type(pair);
  const status = replicationState(pair);
  const resource = kind.resources[text(pair[kind.resourceType]) ?? ''];
  return compact<Replication>({
    native_replication_id: id === undefined ? '' : `${kind.prefix}${id}`,
    name: written(pair[`${kind.local}NAME`]),
    type,
    role: roleOf(pair, type),
    status,
    ...(resource && { [resource]: reference(pair[`${kind.local}ID`]) }),
    remote_system: written(pair['REMOTEDEVICENAME']) ?? text(pair['REMOTEDEVICESN']),
    remote_resource: written(pair[`${kind.remote}NAME`]) ?? reference(pair[`${kind.remote}ID`]),
    lag: type === 'async' ? ageOf(pair['ENDTIME'], now) : undefined,
    progress: status === 'syncing' ? fraction(pair[kind.progress]) : undefined,
  });
}

/** Both sides of an active-active pair take writes. */
function roleOf(pair: Foreign, type: Replication['type']): Replication['role'] {
  if (type === 'active_active') return 'both';
  const primary = flag(pair['ISPRIMARY']);
  if (primary === undefined) return undefined;
  return primary ? 'source' : 'target';
}

/** Since the last synchronisation ended, s; -1 and 0: there was none yet. */
function ageOf(seconds: unknown, now: number): number | undefined {
  const ended = number(seconds);
  return ended && ended * 1000 <= now ? now - ended * 1000 : undefined;
}
