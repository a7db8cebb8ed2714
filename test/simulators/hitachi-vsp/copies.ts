/** Copies of volumes: remote pairs by kind, local ones by copy group. */
import type { TruthRecord } from '../../kit/simulator.ts';
import { GENERATIONS, type ArrayModel } from './data.ts';
import type { Body } from './objects.ts';

export interface RemotePair {
  readonly type: 'TC' | 'UR' | 'GAD';
  readonly ldev: number;
  readonly mu: number;
  readonly remoteLdev: number;
  readonly source: boolean;
  readonly status: string;
}

export interface ClonePair {
  readonly group: string;
  readonly name: string;
  readonly ldev: number;
  readonly mu: number;
  readonly copy: number;
  readonly status: string;
  readonly percent: number | undefined;
}

const STATES = ['PAIR', 'COPY', 'PSUS', 'PSUE', 'SSUS', 'XYZ'];

/** `remote`: pairs of the one kind that a volume may have several of; fewer of the others. */
export function createRemotePairs(ldevs: readonly { readonly id: number }[], remote: number) {
  return (['TC', 'UR', 'GAD'] as const).flatMap((type, kind) =>
    Array.from({ length: kind === 1 ? remote : Math.min(remote, 9) }, (_, index): RemotePair => {
      const source = index % 3 !== 2;
      return {
        type,
        ldev: ldevs[(index >> (kind === 1 ? 1 : 0)) % ldevs.length]?.id ?? 0,
        mu: kind === 1 ? index % 2 : kind,
        remoteLdev: 1_000 + index,
        source,
        status: STATES[index % STATES.length] ?? 'PAIR',
      };
    }),
  );
}

export function createClones(ldevs: readonly { readonly id: number }[]): ClonePair[] {
  return Array.from({ length: Math.min(5, ldevs.length) }, (_, index) => ({
    group: `cg ${index % 2}`,
    name: `pair ${index}`,
    ldev: ldevs[index]?.id ?? 0,
    mu: index % 3,
    copy: 5_000 + index,
    status: STATES[index % 4] ?? 'PAIR',
    percent: index === 4 ? undefined : 40 + index,
  }));
}

const OTHER = '410999';

export function remotePairObject({ type, ldev, mu, remoteLdev, source, status }: RemotePair): Body {
  return {
    replicationType: type,
    ldevId: ldev,
    remoteSerialNumber: OTHER,
    remoteStorageTypeId: 'M8',
    remoteLdevId: remoteLdev,
    primaryOrSecondary: source ? 'P-VOL' : 'S-VOL',
    muNumber: mu,
    status,
    isMainframe: false,
  };
}

/** As the list that the server keeps has it: both sides. */
export function keptPairObject(model: ArrayModel, pair: RemotePair): Body {
  const { serial } = GENERATIONS[model.options.generation];
  const own = { LdevId: pair.ldev, StorageSerial: String(serial), Status: pair.status };
  const other = { LdevId: pair.remoteLdev, StorageSerial: OTHER, Status: 'PAIR' };
  const named = (prefix: string, side: Body) =>
    Object.fromEntries(Object.entries(side).map(([name, value]) => [`${prefix}${name}`, value]));
  return {
    remoteReplicationId: `M8,${serial},${pair.ldev},M8,${OTHER},${pair.remoteLdev}`,
    muNumber: pair.mu,
    replicationType: pair.type,
    ...named('pvol', pair.source ? own : other),
    ...named('svol', pair.source ? other : own),
    transitionStatus: 'None',
  };
}

export function clonePairObject(pair: ClonePair): Body {
  return {
    localCloneCopypairId: `${pair.group},${pair.group}P_,${pair.group}S_,${pair.name}`,
    copyGroupName: pair.group,
    copyPairName: pair.name,
    replicationType: 'SI',
    pvolLdevId: pair.ldev,
    pvolMuNumber: pair.mu,
    pvolStatus: pair.status,
    svolLdevId: pair.copy,
    svolStatus: pair.status,
    copyProgressRate: pair.percent,
  };
}

const TYPES = { TC: 'sync', UR: 'async', GAD: 'active_active' };
const STATUS: Readonly<Record<string, string>> = {
  PAIR: 'normal', COPY: 'syncing', PSUS: 'suspended', SSUS: 'suspended', PSUE: 'failed',
}; // prettier-ignore

function ldevName(id: number): string {
  return (id.toString(16).padStart(6, '0').match(/../g) ?? []).join(':');
}

export function replicationsOf({ remotePairs, clones }: ArrayModel): TruthRecord[] {
  return [
    ...remotePairs.map(({ type, ldev, mu, remoteLdev, source, status }) => ({
      native_replication_id: `${type} ${ldevName(ldev)} ${mu}`,
      name: `${type} ${ldevName(ldev)}`,
      type: TYPES[type],
      role: source ? 'source' : 'target',
      status: STATUS[status] ?? 'unknown',
      native_volume_id: ldevName(ldev),
      remote_system: OTHER,
      remote_resource: ldevName(remoteLdev),
    })),
    ...clones.map(({ name, ldev, mu, copy, status, percent }) => ({
      native_replication_id: `SI ${ldevName(ldev)} ${mu}`,
      name,
      type: 'snapshot',
      role: 'both',
      status: STATUS[status] ?? 'unknown',
      native_volume_id: ldevName(ldev),
      remote_resource: ldevName(copy),
      ...(status === 'COPY' && percent !== undefined ? { progress: percent / 100 } : {}),
    })),
  ];
}
