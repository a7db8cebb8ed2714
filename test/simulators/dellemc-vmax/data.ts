/** The simulated array: its objects in the words of Unisphere, made from a seed. */
import { createRandom, ODD_NAMES, type Random } from '../../kit/data.ts';

export const ARRAY_ID = '000297900330';
export const REMOTE_ID = '000297900331';
/** API versions that differ, the most common first. */
export const GENERATIONS = ['92', '91', '90', '84', '100', '101'] as const;
export type Generation = (typeof GENERATIONS)[number];

/** PowerMax 2500/8500 behind Unisphere 10. */
export function isNewest({ generation }: Pick<Model, 'generation'>): boolean {
  return generation === '100' || generation === '101';
}

export interface Pool {
  readonly id: string;
  /** Reduction of what can be reduced; 0: none. */
  readonly ratio: number;
  readonly writtenTb: number;
  readonly snapshotTb: number;
  readonly totalTb: number;
  readonly usedTb: number;
  readonly subscribedTb: number;
}

export interface Group {
  readonly id: string;
  /** Absent for a parent of other groups; "None" for one outside any pool. */
  readonly srp?: string | undefined;
  readonly compression?: boolean | undefined;
}

export interface Volume {
  readonly id: string;
  readonly label?: string | undefined;
  readonly type: string;
  readonly emulation: string;
  readonly megabytes?: number | undefined;
  readonly percent?: number | undefined;
  readonly status?: string | undefined;
  readonly wwn?: string | undefined;
  readonly effectiveWwn?: string | undefined;
  readonly groups: readonly string[];
  /** Reduction, 0: none, and snapshots; told in bulk lists. */
  readonly ratio: number;
  readonly snapshots: number;
}

export interface Port {
  readonly director: string;
  readonly id: string;
  readonly status?: string | undefined;
  readonly directorStatus: string;
  readonly type?: string | undefined;
  readonly protocols?: readonly string[] | undefined;
  readonly speed?: string | undefined;
  readonly maxSpeed?: string | undefined;
  readonly identifier?: string | undefined;
  readonly addresses?: readonly string[] | undefined;
  readonly mac?: string | undefined;
}

export interface Director {
  readonly id: string;
  readonly availability?: string | undefined;
  readonly slot?: number | undefined;
  readonly cores?: number | undefined;
  readonly ports: readonly Port[];
}

export interface Initiator {
  /** Director, port and address: the id in lists. */
  readonly id: string;
  readonly address: string;
  readonly type?: string | undefined;
  readonly onFabric?: boolean | undefined;
  readonly alias?: string | undefined;
  readonly host?: string | undefined;
}

export interface View {
  readonly id: string;
  readonly host?: string | undefined;
  readonly hostGroup?: string | undefined;
  readonly group: string;
  readonly portGroup: string;
}

export interface AlertObject {
  readonly id: string;
  readonly severity: string;
  readonly state: string;
  readonly type?: string | undefined;
  readonly object: string;
  readonly objectType: string;
  readonly time: number;
  readonly description: string;
  readonly acknowledged: boolean;
}

export interface Model {
  readonly generation: Generation;
  readonly sparse: boolean;
  readonly pools: readonly Pool[];
  readonly rawGb: number;
  readonly groups: readonly Group[];
  readonly volumes: readonly Volume[];
  readonly dataDevices: readonly string[];
  readonly directors: readonly Director[];
  readonly disks: readonly {
    readonly id: string;
    readonly vendor?: string | undefined;
    readonly gb: number;
    readonly failed: boolean;
  }[];
  /** Health checks that somebody has run; the id is the time of it. */
  readonly checks: readonly {
    readonly id: string;
    readonly results: readonly (readonly [name: string, passed: boolean])[];
  }[];
  readonly hosts: readonly string[];
  readonly hostGroups: readonly { readonly id: string; readonly hosts: readonly string[] }[];
  readonly portGroups: readonly { readonly id: string; readonly ports: readonly Port[] }[];
  readonly initiators: readonly Initiator[];
  readonly views: readonly View[];
  readonly alerts: AlertObject[];
}

const CHECKED = [
  ['Vault State', true],
  ['Spare Drives', false],
  ['Memory', true],
  ['Locks', true],
  ['Emulations', true],
  ['Environmentals', false],
  ['Battery', true],
  ['General', true],
  ['Compression And Dedup', true],
] as const;

export interface ModelOptions {
  readonly seed: number;
  readonly generation: Generation;
  readonly sparse: boolean;
  readonly volumes: number;
}

export function createModel({ seed, generation, sparse, volumes }: ModelOptions): Model {
  const random = createRandom(seed);
  const pools: Pool[] = [
    {
      id: 'SRP_1',
      ratio: 3.4,
      writtenTb: 622.5,
      snapshotTb: 4.25,
      totalTb: 512.5,
      usedTb: 301.25,
      subscribedTb: 1024.75,
    },
    {
      id: 'SRP_2',
      ratio: 0,
      writtenTb: 0,
      snapshotTb: 0,
      totalTb: 4096,
      usedTb: 0,
      subscribedTb: 0,
    },
  ];
  const groups = groupsOf();
  const directors = directorsOf(generation, sparse);
  const fronts = directors.flatMap(({ ports }) => ports).filter(({ identifier }) => identifier);
  const hosts = ['host-esx-01', 'host-lnx_02', ...ODD_NAMES.slice(1, 6)];
  const hostGroups = [
    { id: 'cluster_a', hosts: hosts.slice(0, 2) },
    { id: 'empty cluster', hosts: [] },
  ];
  const portGroups = Array.from({ length: 6 }, (_, index) => ({
    id: `pg_${index}`,
    ports: fronts.filter((_port, at) => index !== 5 && at % 3 === index % 3),
  }));
  return {
    generation,
    sparse,
    pools,
    rawGb: 1_613_824.5,
    groups,
    volumes: Array.from({ length: volumes }, (_, index) => volumeOf(index, groups, random, sparse)),
    dataDevices: Array.from({ length: 5 }, (_, index) => hex(0xf0000 + index)),
    directors,
    disks: Array.from({ length: 34 }, (_, index) => ({
      id: index.toString(16).toUpperCase(),
      gb: random.pick([3576.98, 7153.97, 354.78]),
      failed: index % 16 === 3,
      ...(sparse && index % 2 ? {} : { vendor: random.pick(['SAMSUNG', 'Intel', 'HGST']) }),
    })),
    checks: [
      { id: String(Date.now() - 9 * 86_400_000), results: CHECKED.map(([name]) => [name, true]) },
      { id: String(Date.now() - 3_600_000), results: CHECKED },
    ],
    hosts,
    hostGroups,
    portGroups,
    initiators: fronts.flatMap((port, index) => initiatorsOf(port, index, hosts, sparse)),
    views: Array.from({ length: 9 }, (_, index) => ({
      id: index === 0 ? 'mv with space' : `mv_${index}`,
      ...(index % 3 ? { host: hosts[index % hosts.length] } : { hostGroup: 'cluster_a' }),
      group: groups[index]?.id ?? '',
      portGroup: `pg_${index % 5}`,
    })),
    alerts: alertsOf(random, sparse),
  };
}

export function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(5, '0');
}

function groupsOf(): Group[] {
  return [
    { id: 'sg_gold', srp: 'SRP_1', compression: true },
    { id: 'sg_silver', srp: 'SRP_1', compression: false },
    { id: 'sg_mainframe', srp: 'SRP_2', compression: false },
    { id: 'sg_parent' },
    { id: 'sg_outside', srp: 'None' },
    { id: 'sg_empty', srp: 'SRP_1', compression: true },
    ...ODD_NAMES.map((id) => ({ id, srp: 'SRP_1', compression: true })),
  ];
}

const STATUSES = ['Ready', 'Not Ready', 'Mixed', 'Write Disabled', 'N/A', 'Frozen'] as const;
const TYPES = ['TDEV', 'TDEV', 'TDEV', 'RDF1+TDEV', 'RDF2+TDEV', 'BCV+TDEV'] as const;

function volumeOf(
  index: number,
  groups: readonly Group[],
  random: Random,
  sparse: boolean,
): Volume {
  const usable = groups.filter(({ id }) => id !== 'sg_empty');
  const count = random.pick([0, 1, 1, 1, 1, 2]);
  const members = Array.from({ length: count }, () => random.pick(usable).id);
  const missing = (chance: number) => sparse && random.next() < chance;
  const wwn = `60000970000197900330533030${index.toString(16).padStart(7, '0')}`;
  return {
    id: hex(index + 1),
    ...(index % 4 && !missing(0.5) ? { label: ODD_NAMES[index % ODD_NAMES.length] } : {}),
    type: random.pick(TYPES),
    emulation: index % 9 === 8 ? 'CKD-3390' : 'FBA',
    ...(missing(0.3) ? {} : { megabytes: random.pick([0, 3, 1026, 1_048_577, 67_108_864]) }),
    ...(missing(0.3) ? {} : { percent: random.integer(0, 100) }),
    ...(missing(0.3) ? {} : { status: STATUSES[index % STATUSES.length] }),
    ...(missing(0.3) ? {} : { wwn }),
    ...(index % 50 === 7 ? { effectiveWwn: wwn.replace('97900330', '97900999') } : {}),
    groups: [...new Set(members)],
    ratio: index % 3 ? 1 + (index % 40) / 10 : 0,
    snapshots: index % 5,
  };
}

function directorsOf(generation: Generation, sparse: boolean): Director[] {
  const names = isNewest({ generation })
    ? ['OR-1C', 'OR-2C', 'DF-1B', 'EM-1A']
    : ['FA-1D', 'FA-2D', 'SE-1E', 'EF-1F', 'DF-1C', 'DX-2C', 'RF-1G', 'RE-2G', 'IM-1A', 'ED-1B'];
  const states = ['Online', 'Online', 'Offline', 'Online', 'Dead', 'Online', 'Failover'];
  return names.map((id, index) => ({
    id,
    ...(sparse && index % 2 ? {} : { availability: states[index % states.length] }),
    ...(sparse && index % 3 === 0 ? {} : { slot: index + 1 }),
    ...(sparse && index % 3 === 1 ? {} : { cores: 6 + index }),
    ports: portsOf(id, sparse),
  }));
}

const PORT_TYPES: Readonly<Record<string, string>> = {
  FA: 'FibreChannel (563)',
  EF: 'FICON',
  SE: 'GigE',
  RF: 'FibreChannel',
  RE: 'GigE',
  DF: 'SAS',
  DX: 'Optical',
  OR: 'OSHostAndRDF',
};

function portsOf(director: string, sparse: boolean): Port[] {
  const emulation = director.slice(0, 2);
  if (emulation === 'IM' || emulation === 'ED' || emulation === 'EM') return [];
  return [0, 4, 5].map((number, index) => {
    const iscsi = emulation === 'SE';
    const back = emulation === 'DF' || emulation === 'DX';
    const wwn = `5000097398${director.charCodeAt(3).toString(16)}0${director.charCodeAt(4).toString(16)}0${number}`;
    return {
      director,
      id: String(number),
      ...(sparse && index === 1 ? {} : { status: ['ON', 'PendOn', 'OFF'][index] }),
      directorStatus: index === 2 && emulation === 'DX' ? 'Dead' : 'Online',
      ...(sparse && index === 2 ? {} : { type: PORT_TYPES[emulation] }),
      ...(emulation === 'OR' ? { protocols: [['SCSI_FC'], ['NVMe_TCP'], ['iSCSI']][index] } : {}),
      ...(sparse ? {} : { speed: ['16', '0', 'N/A'][index], maxSpeed: '32' }),
      ...(back ? {} : { identifier: iscsi ? `iqn.1992-04.com.emc:60000${wwn}` : wwn }),
      ...(iscsi ? { addresses: [`192.0.2.${number + 10}`, `2001:db8::${number}`] } : {}),
      ...(iscsi && !sparse ? { mac: `00:60:16:00:00:0${number}` } : {}),
    };
  });
}

function initiatorsOf(
  port: Port,
  index: number,
  hosts: readonly string[],
  sparse: boolean,
): Initiator[] {
  const iscsi = port.director.startsWith('SE');
  return [0, 1].map((at) => {
    const address = iscsi
      ? `iqn.1993-08.org.debian:01:${index}${at}`
      : `10000000c9${index.toString(16).padStart(4, '0')}0${at}`;
    return {
      id: `${port.director}:${port.id}:${address}`,
      address,
      ...(sparse && at ? {} : { type: iscsi ? ['GigE', 'iSCSI'][at] : 'Fibre' }),
      ...(sparse && index % 3 === 0 ? {} : { onFabric: (index + at) % 2 === 0 }),
      ...(sparse || at ? {} : { alias: `hba/${index} ümläut` }),
      ...((index + at) % 4 === 3 ? {} : { host: hosts[(index + at) % hosts.length] }),
    };
  });
}

const SEVERITIES = ['NORMAL', 'INFORMATION', 'MINOR', 'WARNING', 'CRITICAL', 'FATAL', 'PURPLE'];

function alertsOf(random: Random, sparse: boolean): AlertObject[] {
  const base = Date.UTC(2026, 2, 19, 11, 51, 56);
  return Array.from({ length: 16 }, (_, index) => ({
    id: `15a15a58-26a0-4127-9e63-00ca162df7${(index + 16).toString(16)}`,
    severity: SEVERITIES[index % SEVERITIES.length] ?? '',
    state: index === 14 ? 'CLEARED' : 'NEW',
    ...(sparse && index % 2 ? {} : { type: random.pick(['ARRAY', 'PERFORMANCE', 'SERVER']) }),
    // Each change of a state is an alert of its own, until somebody acknowledges it.
    object: `RF-1F:${index % 5}`,
    objectType: 'Port',
    time: base + index * 3_600_000,
    description: `Port state has changed to ${index % 2 ? 'Offline' : 'Online'}. - Object is: ${ARRAY_ID}:RF-1F:${index % 5}`,
    acknowledged: index === 15,
  }));
}
