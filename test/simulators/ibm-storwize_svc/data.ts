/** The simulated system: objects as Spectrum Virtualize knows them, generated from a seed. */
import { createRandom, ODD_NAMES, type Random } from '../../kit/data.ts';
import { makeEnclosures, type Enclosure } from './enclosures.ts';
import { makeDrives, makeFcPorts, makeIpPorts, makeMdisks, makeNodes } from './hardware-data.ts';

export const GENERATIONS = ['storwize-7.8', 'flashsystem-8.5', 'svc-7.4'] as const;
export type Generation = (typeof GENERATIONS)[number];

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const TIB = 2 ** 40;

export interface Pool {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly capacity: number;
  readonly free: number;
  readonly used: number;
  readonly virtual: number;
  readonly parent: string;
  readonly reduction: boolean;
  /** Bytes before and after data reduction or compression; zero where there is none. */
  readonly before: number;
  readonly after: number;
}

export interface VolumeCopy {
  readonly id: string;
  readonly pool: Pool;
  readonly primary: boolean;
  readonly thin: boolean;
  readonly compressed: boolean;
  readonly deduplicated: boolean;
  /** Absent in data reduction pools, which know it per pool only. */
  readonly used: number | undefined;
  readonly free: number | undefined;
  /** Of a compressed copy, before compression. */
  readonly uncompressed: number | undefined;
}

export interface SimVolume {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly capacity: number;
  readonly uid: string;
  readonly copies: readonly VolumeCopy[];
  readonly group: string;
}

export interface SimNode {
  readonly id: string;
  readonly name: string;
  readonly panel: string;
  readonly status: string;
  readonly config: boolean;
  readonly cpus: number;
  readonly memoryGb: number;
  readonly serviceIp: string;
}

export interface FcPort {
  readonly id: string;
  readonly node: SimNode;
  readonly type: string;
  readonly speed: string;
  readonly wwpn: string;
  readonly status: string;
}

export interface IpPort {
  readonly number: string;
  readonly node: SimNode;
  readonly mac: string;
  readonly state: string;
  readonly speed: string;
  readonly link: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface Mdisk {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly mode: string;
  readonly pool: Pool | undefined;
  readonly capacity: number;
  readonly controller: string;
  readonly fabric: string;
}

export interface Drive {
  readonly id: string;
  readonly status: string;
  readonly use: string;
  readonly technology: string;
  readonly capacity: number;
  readonly mdisk: string;
  readonly enclosure: string;
  readonly slot: string;
  readonly vendor: string;
  readonly product: string;
  readonly rpm: string;
  readonly firmware: string;
  readonly serial: string;
  /** Per cent of the writes it is made for; empty for drives that do not wear. */
  readonly worn: string;
}

export interface SimHost {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly cluster: { readonly id: string; readonly name: string } | undefined;
  readonly ports: readonly {
    readonly kind: string;
    readonly name: string;
    readonly state: string;
  }[];
  readonly volumes: readonly SimVolume[];
}

export interface SimEvent {
  readonly sequence: string;
  readonly seconds: number;
  readonly objectType: string;
  readonly objectId: string;
  readonly objectName: string;
  readonly notification: string;
  readonly eventId: string;
  /** Events that need no repair have none. */
  readonly errorCode: string;
  readonly text: string;
  readonly listed: boolean;
}

export interface Model {
  readonly clock: () => number;
  readonly generation: Generation;
  readonly sparse: boolean;
  readonly system: Readonly<Record<'id' | 'name' | 'product' | 'level' | 'zone', string>>;
  readonly pools: readonly Pool[];
  readonly volumes: readonly SimVolume[];
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  readonly nodes: readonly SimNode[];
  readonly fcPorts: readonly FcPort[];
  readonly ipPorts: readonly IpPort[];
  readonly mdisks: readonly Mdisk[];
  readonly drives: readonly Drive[];
  /** Other arrays' disks, nodes without enclosures. */
  readonly external: boolean;
  readonly enclosures: readonly Enclosure[];
  readonly clusters: readonly { readonly id: string; readonly name: string }[];
  readonly hosts: readonly SimHost[];
  readonly events: SimEvent[];
  readonly snmpServers: { id: string; ip: string; port: string; community: string }[];
}

export interface ModelOptions {
  readonly seed: number;
  readonly volumes: number;
  readonly generation: Generation;
  readonly sparse: boolean;
  readonly clock: () => number;
}

const PRODUCTS = {
  'storwize-7.8': ['IBM Storwize V7000', '7.8.1.11 (build 135.9.1912100725000)', 'Asia/Shanghai'],
  'flashsystem-8.5': ['IBM FlashSystem 7200', '8.5.4.0 (build 161.15.2212061331000)', 'UTC'],
  'svc-7.4': ['SAN Volume Controller', '7.4.0.11 (build 103.29.1609070000)', 'America/New_York'],
} as const;

export function createModel(options: ModelOptions): Model {
  const { seed, generation, sparse } = options;
  const random = createRandom(seed);
  const modern = generation === 'flashsystem-8.5';
  const external = generation === 'svc-7.4';
  const [product, level, zone] = PRODUCTS[generation];
  const pools = makePools(random, modern);
  const groups = modern ? [0, 1, 2].map((id) => ({ id: String(id), name: `vg ${id}` })) : [];
  const volumes = Array.from({ length: options.volumes }, (_, index) =>
    makeVolume(random, index, pools, modern),
  );
  const nodes = makeNodes(random, external ? 5 : 2, sparse);
  const mdisks = makeMdisks(random, pools, external);
  const clusters = external
    ? []
    : [
        { id: '0', name: 'esx_cluster' },
        { id: '1', name: 'empty one' },
      ];
  return {
    clock: options.clock,
    generation,
    sparse,
    system: { id: '00000200A1207E1F', name: 'Cluster_192.0.2.125', product, level, zone },
    pools,
    volumes,
    groups,
    nodes,
    fcPorts: nodes.flatMap((node, index) => makeFcPorts(node, index)),
    ipPorts: nodes.flatMap((node, index) => makeIpPorts(node, index)),
    mdisks,
    drives: external || sparse ? [] : makeDrives(random, mdisks),
    external,
    enclosures: makeEnclosures(external),
    clusters,
    hosts: makeHosts(random, volumes, clusters, modern),
    events: makeEvents(random, options.clock()),
    snmpServers: [{ id: '0', ip: '198.51.100.7', port: '162', community: 'public' }],
  };
}

function makePools(random: Random, modern: boolean): Pool[] {
  const states = ['online', 'degraded_paths', 'offline', 'online', 'paused_for_test'];
  const names = ['mdiskgrp0', 'Pool with space', 'archive_pool', 'child:of_0', 'odd'];
  return names.map((name, index) => {
    const capacity = random.integer(4, 4096) * TIB + random.integer(0, 1023) * GIB;
    const used = Math.floor(capacity * random.next());
    return {
      id: String(index),
      name,
      status: states[index] ?? 'online',
      capacity,
      free: capacity - used,
      used: index === 2 ? 0 : used,
      virtual: used * 2 + random.integer(0, 9) * MIB,
      parent: index === 3 ? '0' : String(index),
      reduction: modern && index === 1,
      before: index === 1 || index === 0 ? used : 0,
      after: index === 1 ? Math.floor(used / 2.5) : index === 0 ? Math.floor(used / 1.6) : 0,
    };
  });
}

/** Names the system accepts: no commas, quotes and the like; one with the first delimiter. */
const VOLUME_NAMES = [
  'plain_0',
  'with space',
  'colon:name',
  'under_score_',
  'a-b.c',
  'wow!exclaimed',
  ...ODD_NAMES.filter((name) => /^[\w .:-]+$/.test(name)),
];

function makeVolume(
  random: Random,
  index: number,
  pools: readonly Pool[],
  modern: boolean,
): SimVolume {
  const capacity = index === 7 ? 0 : random.integer(1, 4096) * GIB;
  const mirrored = index % 9 === 3;
  const pool = pools[index % 4] as Pool;
  const copy = (id: number, from: Pool): VolumeCopy => {
    const thin = (index + id) % 3 === 1;
    const compressed = (index + id) % 7 === 2;
    const known = !(from.reduction && (thin || compressed));
    const real = Math.floor(capacity * 0.6);
    const used = thin || compressed ? Math.floor(real * random.next()) : capacity;
    const isKnown = known && compressed;
    return {
      id: String(id),
      pool: from,
      primary: id === (mirrored ? index % 2 : 0),
      thin,
      compressed,
      deduplicated: modern && from.reduction && index % 5 === 0,
      used: known ? used : undefined,
      free: known ? (thin || compressed ? real - used : 0) : undefined,
      uncompressed: isKnown ? used * 3 : undefined,
    };
  };
  const copies = [copy(0, pool)];
  if (mirrored) copies.push(copy(1, pools[(index + 1) % 4] as Pool));
  const name = VOLUME_NAMES[index] ?? `vol_${index}`;
  return {
    id: String(index),
    name,
    status: index === 5 ? 'offline' : index === 6 ? 'degraded' : index === 8 ? 'testing' : 'online',
    capacity,
    uid: `60050768028401F87C${index.toString(16).toUpperCase().padStart(14, '0')}`,
    copies,
    group: modern && index % 10 === 0 ? String(index % 3) : '',
  };
}

function makeHosts(
  random: Random,
  volumes: readonly SimVolume[],
  clusters: Model['clusters'],
  modern: boolean,
): SimHost[] {
  const types = ['generic', 'hpux', 'openvms', 'tpgs', 'adminlun', 'vvol'];
  const states = ['online', 'offline', 'degraded', 'mask', 'online', 'strange'];
  const ports = ['active', 'inactive', 'offline', 'degraded', 'odd'];
  return Array.from({ length: 30 }, (_, index) => {
    const hex = (port: number) => (index * 4 + port).toString(16).toUpperCase().padStart(4, '0');
    const state = (port: number) => ports[(index + port) % 5] ?? 'active';
    const kinds =
      modern && index % 4 === 2
        ? [{ kind: 'nqn', name: `nqn.2014-08.org.nvmexpress:uuid:host${index}`, state: state(0) }]
        : index % 4 === 1
          ? [{ kind: 'iscsi_name', name: `iqn.1994-05.com.redhat:host${index}`, state: state(0) }]
          : index % 4 === 3
            ? [{ kind: 'SAS_WWPN', name: `500062B20004${hex(0)}`, state: state(0) }]
            : [0, 1].map((port) => ({
                kind: 'WWPN',
                name: `21000024FF00${hex(port)}`,
                state: state(port),
              }));
    return {
      id: String(index),
      name: index === 2 ? 'host with space' : index === 3 ? 'host:colon' : `host_${index}`,
      type: types[index % 6] ?? 'generic',
      status: states[index % 6] ?? 'online',
      cluster: index % 10 === 0 ? clusters[0] : undefined,
      ports: index === 29 ? [] : kinds,
      volumes: index === 28 ? [] : volumes.slice(0, 200).filter(() => random.next() < 0.04),
    };
  });
}

const EVENTS = [
  ['node', '1', 'node1', 'error', '073305', '1060', 'FC ports not operational'],
  ['mdisk', '4', 'mdisk4', 'warning', '010020', '1623', 'An mdisk is offline: paths lost'],
  ['drive', '3', '', 'informational', '010019', '', 'Drive firmware can be updated'],
  ['cluster', '0', 'Cluster_192.0.2.125', 'none', '980221', '', 'Error log cleared'],
  ['enclosure', '1', '', 'error', '045032', '1114', 'Enclosure battery fault'],
] as const;

function makeEvents(random: Random, nowMs: number): SimEvent[] {
  const current = EVENTS.map(
    ([objectType, objectId, objectName, notification, eventId, errorCode, text], index) => ({
      sequence: String(100 + index),
      seconds: Math.floor(nowMs / 1000) - random.integer(60, 86_400 * 30),
      objectType,
      objectId,
      objectName,
      notification,
      eventId,
      errorCode,
      text,
      listed: true,
    }),
  );
  const [first] = current;
  return first ? [...current, { ...first, sequence: '120', eventId: '980001', listed: false }] : [];
}
