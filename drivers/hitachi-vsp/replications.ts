/** Remote copies (TrueCopy, Universal Replicator, global-active device) and local ones (ShadowImage). */
import {
  AccessDenied,
  allPages,
  byPath,
  fraction,
  identifier,
  isVendorsWord,
  lookup,
  number,
  recordsOf,
  ReplicationSchema,
  text,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { ldevName } from './records.ts';

const REMOTE = { TC: 'sync', UR: 'async', GAD: 'active_active' } as const;
/** The most that one answer holds. */
const PAIRS_PER_REQUEST = 500;

export function listReplications(client: Client): Promise<Replication[]> {
  const { parts } = client;
  return parts.union([
    () => parts.ifAny(() => remotePairs(client)),
    () => parts.ifAny(() => clones(client)),
  ]);
}

/**
 * The pairs as they are, for accounts that may read them; for others the list that newer servers keep,
 * which may be old: told.
 */
async function remotePairs(client: Client): Promise<Replication[]> {
  const { parts } = client;
  try {
    return await parts.union(
      Object.keys(REMOTE).map(
        (asked) => () =>
          parts.ifAny(async () =>
            toPairs((await pairsOf(client, asked)).map((pair) => ({ asked, ...pair }))),
          ),
      ),
    );
  } catch (error) {
    if (!(error instanceof AccessDenied) && !isVendorsWord(error)) throw error;
    const kept = await parts.ifAny(() => client.list('/remote-replications'));
    if (!kept) throw error;
    parts.tell(error, 'remote pairs are read from a list that may be old');
    const serial = text(client.device.system?.['serialNumber']);
    return toPairs(kept, (pair) => asSeenFrom(pair, serial));
  }
}

/** Pages begin at an LDEV; one may have several pairs, so the last of a page is asked for again. */
function pairsOf(client: Client, replicationType: string): Promise<Foreign[]> {
  return allPages<Foreign, number>({
    what: `GET /remote-copypairs ${replicationType}`,
    key: (pair) => `${identifier(pair['ldevId'])} ${identifier(pair['muNumber'])}`,
    async page(headLdevId = 0) {
      const query = { replicationType, headLdevId, count: PAIRS_PER_REQUEST };
      const items = await client.list('/remote-copypairs', query);
      const last = Math.max(0, ...items.map(({ ldevId }) => number(ldevId) ?? 0));
      return { items, next: items.length < PAIRS_PER_REQUEST ? undefined : last };
    },
  });
}

/** The kept list names both sides; which of them this array is, its serial number tells. */
function asSeenFrom(pair: Foreign, serial: string | undefined): Foreign {
  const isTarget = text(pair['svolStorageSerial']) === serial;
  const [own, other] = isTarget ? ['svol', 'pvol'] : ['pvol', 'svol'];
  return {
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

const typeOf = byPath('replicationType|asked', text);
const idOf = (type: string | undefined, volume: string | undefined, mirror: unknown) =>
  volume && [type, volume, identifier(mirror) ?? 0].join(' ');

const toPairs = recordsOf(ReplicationSchema, {
  native_volume_id: ({ ldevId }) => ldevName(ldevId),
  native_replication_id: (pair, { native_volume_id: volume }) =>
    idOf(typeOf(pair), volume, pair['muNumber']),
  name: (pair, { native_volume_id: volume }) => `${typeOf(pair)} ${volume}`,
  type: (pair) => lookup(REMOTE, typeOf(pair)),
  role: ['primaryOrSecondary', { 'P-VOL': 'source', 'S-VOL': 'target' }],
  status: ['status', STATES],
  remote_system: ({ remoteSerialNumber }) => text(remoteSerialNumber),
  remote_resource: ({ remoteLdevId }) => ldevName(remoteLdevId),
});

/** Pairs are listed by copy group. */
async function clones(client: Client): Promise<Replication[]> {
  const groups = await client.list('/local-clone-copygroups');
  const idIn = byPath('localCloneCopygroupId|localCloneCopyGroupId', identifier);
  const pairs = await client.parts.pairs(
    groups.flatMap((group) => idIn(group) ?? []),
    (localCloneCopyGroupId) => client.list('/local-clone-copypairs', { localCloneCopyGroupId }),
  );
  return toClones(pairs.flatMap(([, own]) => own));
}

const toClones = recordsOf(ReplicationSchema, {
  native_volume_id: ({ pvolLdevId }) => ldevName(pvolLdevId),
  native_replication_id: ({ pvolMuNumber }, { native_volume_id: volume }) =>
    idOf('SI', volume, pvolMuNumber),
  name: ({ copyPairName }, { native_volume_id: volume }) =>
    identifier(copyPairName) ?? `SI ${volume}`,
  type: 'snapshot',
  role: 'both',
  status: ['pvolStatus|svolStatus', STATES],
  remote_resource: ({ svolLdevId }) => ldevName(svolLdevId),
  progress: ({ copyProgressRate }, { status }) =>
    status === 'syncing' ? fraction(copyProgressRate) : undefined,
});
