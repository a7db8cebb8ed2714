/** A made-up VSP in its own terms, from a seed. `api.ts` writes it as the API does, `truth.ts` in the seed's fields. */
import { createRandom, ODD_NAMES, type Random } from '../../kit/data.ts';
import { createGroups, createPorts, withLogins } from './connections.ts';
import { createClones, createRemotePairs, type ClonePair, type RemotePair } from './copies.ts';

export interface ModelOptions {
  readonly seed: number;
  readonly generation: Generation;
  readonly volumes: number;
  readonly sparse: boolean;
}

/** What the models differ in. */
export const GENERATIONS = {
  g900: { model: 'VSP G900', code: '886000', serial: 410_123, components: true, logs: ['CTL1', 'CTL2', 'DKC'], naa: false, zone: undefined, wear: true, efficient: false, remote: 6, keeps: false },
  f1500: { model: 'VSP F1500', code: '800000', serial: 11_633, components: false, logs: [], naa: false, zone: undefined, wear: false, efficient: false, remote: 0, keeps: false },
  '5500': { model: 'VSP 5500', code: '900000', serial: 30_045, components: true, logs: ['DKC'], naa: false, zone: undefined, wear: true, efficient: true, remote: 7, keeps: true },
  'one-b28': { model: 'VSP One B28', code: 'A34000', serial: 810_045, components: true, logs: ['CTL1', 'CTL2', 'DKC'], naa: true, zone: 'Asia/Tokyo', wear: true, efficient: true, remote: 501, keeps: true },
} as const; // prettier-ignore
export type Generation = keyof typeof GENERATIONS;

export interface Pool {
  readonly id: number;
  readonly name: string;
  readonly type: 'HDP' | 'HDT' | 'HTI';
  readonly status: string;
  readonly totalMib: number;
  readonly freeMib: number;
  readonly locatedMib: number | undefined;
  readonly snapshots: number | undefined;
  readonly snapshotMib: number | undefined;
  /** Compression ratio as the API writes it; undefined: not calculated yet. */
  readonly ratio: string | undefined;
}

export interface Ldev {
  readonly id: number;
  readonly label: string | undefined;
  readonly attributes: readonly string[];
  readonly thin: boolean;
  readonly status: string;
  readonly blocks: number;
  /** Blocks of allocated pages; only volumes of pools have it. */
  readonly usedBlocks: number | undefined;
  readonly poolId: number | undefined;
  /** The pool this basic volume is a part of. */
  readonly composingPoolId: number | undefined;
  readonly reduction: string | undefined;
  readonly naaId: string | undefined;
}

export interface Drive {
  readonly location: string;
  readonly type: string;
  readonly code: string | undefined;
  readonly rpm: number | undefined;
  readonly gigabytes: number;
  readonly usage: string;
  readonly status: string;
  readonly parityGroup: string | undefined;
  readonly serial: string | undefined;
  /** Percent of its endurance that is used; flash only. */
  readonly used: number | undefined;
}

export interface Port {
  readonly id: string;
  readonly type: string;
  readonly speed: string | undefined;
  readonly attributes: readonly string[] | undefined;
  readonly wwn: string | undefined;
  readonly mac: string | undefined;
  readonly ipv4: { readonly address: string; readonly mask: string } | undefined;
  readonly ipv6LinkLocal: string | undefined;
  readonly ipv6Global: string | undefined;
  /** Initiators that are logged in; undefined: this array doesn't say. */
  readonly logins: readonly string[] | undefined;
  /** An initiator that was logged in before. */
  readonly gone: string | undefined;
}

export interface Registration {
  /** WWN or iSCSI name. */
  readonly initiator: string;
  readonly nickname: string | undefined;
}

export interface HostGroup {
  readonly portId: string;
  readonly number: number;
  readonly name: string;
  readonly mode: string | undefined;
  readonly iscsiName: string | undefined;
  readonly members: readonly Registration[];
  /** LUN -> LDEV. */
  readonly paths: readonly { readonly lun: number; readonly ldevId: number }[];
}

export interface Alert {
  readonly log: string;
  readonly index: string;
  readonly id: number;
  /** Array's wall clock. */
  readonly time: string;
  readonly code: number | undefined;
  readonly level: string;
  readonly section: string;
  readonly detail: string;
  readonly location: string | undefined;
  readonly actions: readonly {
    readonly code: number;
    readonly part: string;
    readonly location: string;
  }[];
}

export interface ArrayModel {
  readonly options: ModelOptions;
  readonly deviceId: string;
  readonly firmware: string;
  readonly controllers: readonly {
    readonly location: string;
    readonly status: string;
    readonly version: string;
    readonly ip: string;
  }[];
  /** The whole array in KiB, as its own total. */
  readonly capacity: { readonly totalKib: number; readonly freeKib: number };
  readonly pools: readonly Pool[];
  readonly ldevs: readonly Ldev[];
  readonly drives: readonly Drive[];
  readonly ports: readonly Port[];
  readonly groups: readonly HostGroup[];
  readonly alerts: readonly Alert[];
  readonly remotePairs: readonly RemotePair[];
  readonly clones: readonly ClonePair[];
}

export function createModel(options: ModelOptions): ArrayModel {
  const random = createRandom(options.seed);
  const { code, serial, logs, remote } = GENERATIONS[options.generation];
  const pools = createPools(options, random);
  const ldevs = createLdevs(options, random, pools);
  const bare = createPorts(options, random);
  const groups = createGroups(options, random, bare, ldevs);
  return {
    options,
    deviceId: `${code}${String(serial).padStart(6, '0')}`,
    firmware: options.generation === 'g900' ? '88-08-10-60/00' : '93-07-22-40/00',
    controllers: [
      { location: 'CTL1', status: 'Normal', version: '88-08-10/00', ip: '127.0.0.1' },
      {
        location: 'CTL2',
        status: options.sparse ? 'Scrubbing' : 'Warning',
        version: '88-08-11/00',
        ip: '192.0.2.12',
      },
    ],
    capacity: { totalKib: 3.5 * 2 ** 40, freeKib: 2 ** 40 + 1024 },
    pools,
    ldevs,
    drives: createDrives(options, random),
    ports: withLogins(bare, groups),
    groups,
    remotePairs: ldevs.length > 0 ? createRemotePairs(ldevs, remote) : [],
    clones: remote > 0 ? createClones(ldevs) : [],
    alerts: toldTwice(logs.flatMap((log) => createAlerts(options, random, log))),
  };
}

const POOL_STATES = ['POLN', 'POLF', 'POLS', 'POLE', 'POLZ'];

function createPools({ sparse }: ModelOptions, random: Random): Pool[] {
  const types = ['HDP', 'HDT', 'HTI'] as const;
  return Array.from({ length: 6 }, (_, id) => {
    // 42 MiB pages: 4 TiB to 4 PiB.
    const totalMib = id === 5 ? 0 : random.integer(100_000, 100_000_000) * 42;
    const type = types[id % 3] ?? 'HDP';
    return {
      id,
      name: ODD_NAMES[id % ODD_NAMES.length] ?? 'pool',
      type,
      status: POOL_STATES[id % POOL_STATES.length] ?? 'POLN',
      totalMib,
      freeMib: Math.floor((totalMib * id) / 7),
      locatedMib: sparse ? undefined : random.integer(0, 2 * totalMib),
      snapshots: sparse && id % 2 ? undefined : id * 3,
      snapshotMib: sparse && id % 2 ? undefined : id * 42,
      ratio: id === 3 ? undefined : `${1 + id}.25`,
    };
  });
}

/** Each kind once in a row of eight; ids have holes, as on arrays that are in use. */
function createLdevs(options: ModelOptions, random: Random, pools: readonly Pool[]): Ldev[] {
  const { naa } = GENERATIONS[options.generation];
  return Array.from({ length: options.volumes }, (_, index) => {
    const id = index < 40 ? index * 3 : 80 + index + (index > 10_000 ? 500 : 0);
    const kind = KINDS[index % KINDS.length] ?? 'HDP';
    const blocks = index === 9 ? 0 : random.integer(2_048, 8 * 2 ** 40);
    const virtual = kind !== 'POOL' && kind !== 'BASIC' && kind !== 'SNAPPED';
    const full = index % 16 === 8;
    return {
      id,
      label:
        options.sparse || index % 5 === 4
          ? undefined
          : `${ODD_NAMES[index % ODD_NAMES.length]} ${index}`,
      attributes: ATTRIBUTES[kind],
      thin: virtual,
      status: STATES[index % STATES.length] ?? 'NML',
      blocks,
      usedBlocks: usedBlocks(options, virtual, full, blocks, random),
      poolId: virtual ? pools[index % 5]?.id : undefined,
      composingPoolId: kind === 'POOL' ? pools[index % 5]?.id : undefined,
      reduction:
        options.sparse || !virtual || kind === 'SNAPSHOT' ? undefined : REDUCTION[index % 3],
      naaId:
        naa && !options.sparse
          ? `60060e80${(0x21a7e5 + index).toString(16).padStart(24, '0')}`
          : undefined,
    };
  });
}

type Kind = 'HDP' | 'HDT' | 'POOL' | 'BASIC' | 'SNAPPED' | 'SNAPSHOT';
const KINDS: readonly Kind[] = ['POOL', 'HDP', 'HDT', 'BASIC', 'SNAPPED', 'SNAPSHOT', 'HDP', 'HDP'];
const ATTRIBUTES: Readonly<Record<Kind, readonly string[]>> = {
  HDP: ['CVS', 'HDP'],
  HDT: ['CVS', 'HDP', 'HDT', 'GAD'],
  POOL: ['POOL'],
  BASIC: ['CMD', 'CVS'],
  SNAPPED: ['CVS', 'HTI'],
  SNAPSHOT: ['CVS', 'VVOL', 'HTI'],
};
const STATES = ['NML', 'NML', 'NML', 'NML', 'NML', 'BLK', 'BSY', 'NML', 'XXX'];
const REDUCTION = ['disabled', 'compression', 'compression_deduplication'];

/** A full volume holds whole pages: a little more than its size. */
function usedBlocks(
  { sparse }: ModelOptions,
  virtual: boolean,
  full: boolean,
  blocks: number,
  random: Random,
): number | undefined {
  if (!virtual || sparse) return undefined;
  return full ? blocks + 512 : Math.floor(blocks * random.next());
}

/** Both controllers log the same SIM, each in its own words. */
function toldTwice(alerts: readonly Alert[]): Alert[] {
  const first = alerts.filter(({ log }) => log === 'CTL1');
  let index = 0;
  return alerts.map((alert) => {
    if (alert.log !== 'CTL2' || index >= SAME_SIMS) return alert;
    const code = first[(index += 1)]?.code;
    return { ...alert, code, level: 'Service' };
  });
}

const SAME_SIMS = 5;

const DRIVES = [
  { type: 'SAS', code: 'DKR5D-J600SS', rpm: 10_000, gigabytes: 600 },
  { type: 'SATA', code: 'DKR2E-H6R0SS', rpm: 7_200, gigabytes: 6_000 },
  { type: 'SSD(MLC)', code: 'SLB5E-M1R9SS', rpm: 0, gigabytes: 1_900 },
  { type: 'SSD(FMC)', code: 'NFHAE-Q6R4SS', rpm: 10_000, gigabytes: 7_000 },
  { type: 'SSD', code: 'SNM5A-R3R8NC', rpm: undefined, gigabytes: 3_800 },
  { type: 'SCM', code: 'SHM5A-P375NC', rpm: undefined, gigabytes: 375 },
  { type: 'TAPE', code: 'ZZZ', rpm: 0, gigabytes: 0 },
] as const;
const USES = ['DATA', 'DATA', 'DATA', 'SPARE', 'FREE', 'LENT'];
const DRIVE_STATES = [
  'NML',
  'NML',
  'CPY',
  'CPI',
  'RSV',
  'FAI',
  'BLK',
  'WAR',
  'UNK',
  'Unknown',
  'NEW',
];

function createDrives({ sparse }: ModelOptions, random: Random): Drive[] {
  return Array.from({ length: 48 }, (_, index) => {
    const kind = DRIVES[index % DRIVES.length] ?? DRIVES[0];
    const usage = USES[index % USES.length] ?? 'DATA';
    return {
      location: `${Math.floor(index / 24)}-${index % 24}`,
      type: kind.type,
      code: sparse ? undefined : kind.code,
      rpm: sparse ? undefined : kind.rpm,
      gigabytes: kind.gigabytes,
      usage,
      status: DRIVE_STATES[index % DRIVE_STATES.length] ?? 'NML',
      parityGroup: usage === 'DATA' ? `1-${1 + Math.floor(index / 8)}` : undefined,
      serial: sparse ? undefined : `S${random.integer(10_000_000, 99_999_999)}`,
      used: kind.type.startsWith('S') && kind.rpm === undefined ? (index * 7) % 107 : undefined,
    };
  });
}

const LEVELS = ['Service', 'Moderate', 'Serious', 'Acute', 'Cosmic'];
/** Entries per log: a full one, and ten, which the API gives when nothing is asked for. */
const LOG_SIZE: Readonly<Record<string, number>> = { CTL1: 256, CTL2: 10, DKC: 300 };

function createAlerts({ sparse }: ModelOptions, random: Random, log: string): Alert[] {
  return Array.from({ length: LOG_SIZE[log] ?? 0 }, (_, index) => {
    const code = 0x7d_0000 + random.integer(0, 0xffff);
    const id = random.integer(1, 65_535);
    const time = new Date(Date.UTC(2026, 10, 20, 12, 0, 0) - index * 3_661_000);
    return {
      log,
      index: `${(0x133e_d620_0000 + index * 257 + log.length).toString(16)}-${id.toString(16).padStart(5, '0')}-${code.toString(16)}${log}`,
      id,
      time: time.toISOString().slice(0, 19),
      code: sparse ? undefined : code,
      level: LEVELS[index % LEVELS.length] ?? 'Service',
      section: `Drive blockade (${ODD_NAMES[index % ODD_NAMES.length]})`,
      detail: `HDD00-${index} Laufwerk für Prüfung gesperrt`,
      location: sparse ? undefined : `DKU-00/HDD00-${index}`,
      actions: sparse
        ? []
        : [
            {
              code: 0x58f0_0000 + index,
              part: 'HDD',
              location: index % 2 ? '-' : `HDD00-${index}`,
            },
          ],
    };
  });
}
