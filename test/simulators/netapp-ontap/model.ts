/** The simulated cluster, put together of its parts. */
import type { TruthRecord } from '../../kit/simulator.ts';
import { alerts, events } from './events.ts';
import {
  disks,
  nodeParts,
  nodes,
  sensorParts,
  sensors,
  shelfParts,
  shelves,
  versionOf,
} from './hardware.ts';
import { ethernetPorts, fcInterfaces, fcPorts, ipInterfaces } from './network.ts';
import {
  fcLogins,
  hostGroups,
  igroups,
  initiators,
  iscsiSessions,
  lunMaps,
  portGroups,
  portsets,
  volumeGroups,
  consistencyGroups,
  subsystemMaps,
  subsystems,
} from './san.ts';
import { cifsShares, nfsExports, qtrees, quotas, relationships } from './services.ts';
import { aggregates, svms, units, volumes, zones } from './storage.ts';
import {
  known,
  uuidOf,
  type Cluster,
  type Generation,
  type Json,
  type Load,
  type Shown,
} from './types.ts';

export interface ModelOptions {
  readonly generation: Generation;
  readonly now: number;
  readonly volumes: number;
  readonly luns: number;
  readonly namespaces: number;
  /** Samples that the array does not vouch for. */
  readonly ailing: boolean;
  /** All aggregates tell their space. */
  readonly whole: boolean;
  /** The load does not change. */
  readonly steady: boolean;
}

export const CLUSTER = { name: 'cl1 "Süd"', uuid: uuidOf(0, 0) };

export function createModel(options: ModelOptions): Cluster {
  const { generation, now } = options;
  const isR2 = generation === 'asar2';
  const shown = isR2 ? [] : aggregates(generation, options.whole);
  const pools = isR2 ? zones() : shown;
  const memberOf = shown.slice(0, 2).flatMap(({ record }) => String(record['uuid']));
  const stored = disks(generation, memberOf);
  const shape = { generation, volumes: options.volumes };
  const collections = collectionsOf(options, { pools, stored, shape });
  return {
    generation,
    now,
    collections,
    cluster: clusterRecord(generation),
    space: SPACE,
    storage: storageTruth(generation, pools, stored),
    loads: loadsOf(collections, options),
    events: events(now),
    alerts: alerts(now),
    groups: { hosts: hostGroups(generation), ports: portGroups(), volumes: volumeGroups() },
    initiators: initiators(generation),
    exports: isR2 ? [] : nfsExports(options.volumes),
    components: [
      ...shelfParts(generation),
      ...(generation === '9.8' ? [] : sensorParts()),
      ...nodeParts(generation),
    ],
  };
}

const TIB = 2 ** 40;
const SPACE = {
  block_storage: { size: 99 * TIB, used: TIB },
  efficiency_without_snapshots: { ratio: 4.5, logical_used: 70 * TIB, savings: TIB },
};

interface Made {
  readonly pools: readonly Shown[];
  readonly stored: readonly Shown[];
  readonly shape: { readonly generation: Generation; readonly volumes: number };
}

function collectionsOf(
  { generation, ...options }: ModelOptions,
  { pools, stored, shape }: Made,
): Cluster['collections'] {
  const isR2 = generation === 'asar2';
  const isOld = generation === '9.8';
  return {
    '/api/cluster/nodes': nodes(generation),
    '/api/storage/luns': units({ ...shape, isLun: true }, options.luns),
    '/api/storage/namespaces': units({ ...shape, isLun: false }, options.namespaces),
    '/api/network/fc/ports': fcPorts(),
    '/api/network/ethernet/ports': ethernetPorts(),
    '/api/network/ip/interfaces': ipInterfaces(),
    '/api/network/fc/interfaces': fcInterfaces(),
    '/api/network/fc/logins': fcLogins(),
    '/api/protocols/san/iscsi/sessions': iscsiSessions(),
    '/api/storage/disks': stored,
    '/api/storage/shelves': shelves(generation),
    '/api/svm/svms': svms(),
    '/api/protocols/san/igroups': igroups(generation),
    '/api/protocols/nvme/subsystems': subsystems(),
    '/api/protocols/san/lun-maps': lunMaps(generation, options.luns),
    '/api/protocols/nvme/subsystem-maps': subsystemMaps(options.namespaces),
    '/api/snapmirror/relationships': relationships(CLUSTER),
    ...(isOld
      ? {}
      : {
          '/api/cluster/sensors': sensors(),
          '/api/protocols/san/portsets': portsets(),
          '/api/application/consistency-groups': consistencyGroups(),
        }),
    ...(isR2
      ? { '/api/storage/availability-zones': pools }
      : {
          '/api/storage/aggregates': pools,
          '/api/storage/volumes': volumes(generation, options.volumes),
          '/api/storage/qtrees': qtrees(options.volumes),
          '/api/storage/quota/reports': quotas(),
          '/api/protocols/cifs/shares': cifsShares(),
        }),
  };
}

function clusterRecord(generation: Generation): Json {
  return {
    ...CLUSTER,
    location: 'hall 3, "B"',
    contact: 'ops',
    version: versionOf(generation).api,
    management_interfaces: [
      { uuid: uuidOf(20, 30), name: 'cluster_mgmt', ip: { address: '198.51.100.10' } },
    ],
    san_optimized: generation === 'asar2',
  };
}

function storageTruth(
  generation: Generation,
  pools: readonly Shown[],
  stored: readonly Shown[],
): TruthRecord {
  const sum = (records: readonly Shown[], field: string) => {
    const values = records.map(({ truth }) => truth?.[field]);
    if (values.some((value) => value === undefined)) return undefined;
    return values.reduce<number>((so, value) => so + Number(value), 0);
  };
  return known({
    name: CLUSTER.name,
    vendor: 'NetApp',
    model: 'AFF-A400, FAS8300',
    status: 'degraded',
    serial_number: CLUSTER.uuid,
    firmware_version: versionOf(generation).short,
    location: 'hall 3, "B"',
    total_capacity: sum(pools, 'total_capacity'),
    used_capacity: sum(pools, 'used_capacity'),
    free_capacity: sum(pools, 'free_capacity'),
    subscribed_capacity: sum(pools, 'subscribed_capacity'),
    raw_capacity: sum(stored, 'capacity'),
    data_reduction: 4.5,
    logical_used_capacity: 70 * TIB,
  });
}

const MEASURED: readonly Omit<Load, 'uuid' | 'ailing' | 'period'>[] = [
  { path: '/api/cluster/nodes', type: 'controller', shape: 'processor' },
  { path: '/api/storage/aggregates', type: 'storagePool', shape: 'usual' },
  { path: '/api/network/fc/ports', type: 'port', shape: 'usual' },
  { path: '/api/network/ethernet/ports', type: 'port', shape: 'throughput' },
  { path: '/api/storage/volumes', type: 'filesystem', shape: 'usual' },
  { path: '/api/storage/luns', type: 'volume', shape: 'usual' },
  { path: '/api/storage/namespaces', type: 'volume', shape: 'usual' },
];

/** What is offline is not measured. */
const SERVING = new Set(['online', 'up', 'degraded', 'relocating']);

function loadsOf(collections: Cluster['collections'], { ailing, steady }: ModelOptions): Load[] {
  const period = steady ? 1 : 7;
  const whole: Load = {
    path: '/api/cluster',
    type: 'storage',
    shape: 'usual',
    uuid: CLUSTER.uuid,
    period,
    ailing: false,
  };
  return [
    whole,
    ...MEASURED.flatMap((kind) =>
      (collections[kind.path] ?? []).flatMap(({ record, truth }, index): Load[] => {
        const { state, status } = record as { state?: string; status?: { state?: string } };
        if (!truth || !SERVING.has(state ?? status?.state ?? '')) return [];
        return [{ ...kind, period, uuid: String(record['uuid']), ailing: ailing && index === 1 }];
      }),
    ),
  ];
}
