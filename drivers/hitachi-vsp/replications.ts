/** Remote copies (TrueCopy, Universal Replicator, global-active device) and local ones (ShadowImage). */
import {
  AccessDenied,
  allPages,
  compact,
  fraction,
  identifier,
  isVendorsWord,
  lookup,
  number,
  text,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import type { ArrayClient } from './client.ts';
import { ldevName } from './records.ts';

const REMOTE = { TC: 'sync', UR: 'async', GAD: 'active_active' } as const;
type Remote = keyof typeof REMOTE;
/** The most that one answer holds. */
const PAIRS_PER_REQUEST = 500;

export async function listReplications(client: ArrayClient): Promise<Replication[]> {
  const { parts } = client;
  return await parts.union<Replication>([
    () => parts.ifAny(() => remotePairs(client)),
    () => parts.ifAny(() => clones(client)),
  ]);
}

/**
 * The pairs as they are, for accounts that may read them; for others the list that newer servers keep,
 * which may be old: told.
 */
async function remotePairs(client: ArrayClient): Promise<Replication[]> {
  const { parts } = client;
  try {
    return await parts.union(
      (Object.keys(REMOTE) as Remote[]).map((type) => async () => {
        const pairs = await parts.ifAny(() => pairsOf(client, type));
        return pairs?.map((pair) => toPair(pair, type));
      }),
    );
  } catch (error) {
    if (!(error instanceof AccessDenied) && !isVendorsWord(error)) throw error;
    const kept = await parts.ifAny(() => client.list('/remote-replications'));
    if (!kept) throw error;
    parts.tell(error, 'remote pairs are read from a list that may be old');
    return kept.map((pair) => toPair(asSeenFrom(pair, client.device.serial)));
  }
}

/** Pages begin at an LDEV; one may have several pairs, so the last of a page is asked for again. */
function pairsOf(client: ArrayClient, replicationType: Remote): Promise<Foreign[]> {
  return allPages<Foreign, number>({
    what: `GET /remote-copypairs ${replicationType}`,
    key: (pair) => `${identifier(pair['ldevId'])} ${identifier(pair['muNumber'])}`,
    async page(headLdevId = 0) {
      const query = { replicationType, headLdevId, count: PAIRS_PER_REQUEST };
      const items = await client.list('/remote-copypairs', query);
      const last = items.reduce(
        (highest, pair) => Math.max(highest, number(pair['ldevId']) ?? 0),
        0,
      );
      return { items, next: items.length < PAIRS_PER_REQUEST ? undefined : last };
    },
  });
}

/** The kept list names both sides; which of them this array is, its serial number tells. */
function asSeenFrom(pair: Foreign, serial: string | undefined): Foreign {
  const isTarget = text(pair['svolStorageSerial']) === serial;
  const [own, other] = isTarget ? ['svol', 'pvol'] : ['pvol', 'svol'];
  return {
    ...pair,
    ldevId: pair[`${own}LdevId`],
    remoteLdevId: pair[`${other}LdevId`],
    remoteSerialNumber: pair[`${other}StorageSerial`],
    primaryOrSecondary: isTarget ? 'S-VOL' : 'P-VOL',
    status: pair[`${own}Status`],
  };
}

const STATES = {
  PAIR: 'normal',
  COPY: 'syncing', RCPY: 'syncing', INIT: 'syncing', 'INIT/COPY': 'syncing',
  PSUS: 'suspended', SSUS: 'suspended', SSWS: 'suspended',
  PSUE: 'failed', SSUE: 'failed',
  PDUB: 'degraded', PFUL: 'degraded', PFUS: 'failed',
  SMPL: 'unknown',
} as const; // prettier-ignore

const ROLES = { 'P-VOL': 'source', 'S-VOL': 'target' } as const;

function toPair(pair: Foreign, asked?: Remote): Replication {
  const type = text(pair['replicationType']) ?? asked;
  const volume = ldevName(pair['ldevId']);
  const serial = text(pair['remoteSerialNumber']);
  return compact<Replication>({
    native_replication_id: volume && [type, volume, identifier(pair['muNumber']) ?? 0].join(' '),
    name: `${type} ${volume}`,
    type: lookup(REMOTE, type),
    role: lookup(ROLES, pair['primaryOrSecondary']),
    status: lookup(STATES, pair['status']),
    native_volume_id: volume,
    remote_system: serial,
    remote_resource: ldevName(pair['remoteLdevId']),
  });
}

/** Pairs are listed by copy group. */
async function clones(client: ArrayClient): Promise<Replication[]> {
  const groups = await client.list('/local-clone-copygroups');
  const ids = groups.flatMap(
    (group) => identifier(group['localCloneCopygroupId'] ?? group['localCloneCopyGroupId']) ?? [],
  );
  const pairs = await client.parts.children(ids, (localCloneCopyGroupId) =>
    client.list('/local-clone-copypairs', { localCloneCopyGroupId }),
  );
  return pairs.flatMap((some) => (some ?? []).map(toClone));
}

function toClone(pair: Foreign): Replication {
  const volume = ldevName(pair['pvolLdevId']);
  const status = lookup(STATES, pair['pvolStatus'] ?? pair['svolStatus']);
  const percent = status === 'syncing' ? pair['copyProgressRate'] : undefined;
  return compact<Replication>({
    native_replication_id:
      volume && ['SI', volume, identifier(pair['pvolMuNumber']) ?? 0].join(' '),
    name: identifier(pair['copyPairName']) ?? `SI ${volume}`,
    type: 'snapshot',
    role: 'both',
    status,
    native_volume_id: volume,
    remote_resource: ldevName(pair['svolLdevId']),
    progress: fraction(percent),
  });
}
