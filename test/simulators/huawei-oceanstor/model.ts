/** The whole array: collections of objects by path, members of groups, and the truth of it all. */
import { createRandom } from '../../kit/data.ts';
import type { Truth, TruthRecord } from '../../kit/simulator.ts';
import { alarms, group, hosts, initiators, views, type Group } from './access.ts';
import { controllers, disks, luns, pools, system } from './block.ts';
import type { Entity, Fields, Generation, Plan } from './entity.ts';
import * as hardware from './hardware.ts';
import { filesystems, qtrees, quotas, shares } from './files.ts';
import * as ports from './ports.ts';

export interface Model {
  readonly generation: Generation;
  readonly system: Entity;
  /** Collections without parents, by path. Those that the firmware lacks are absent. */
  readonly collections: ReadonlyMap<string, readonly Entity[]>;
  /** `/path?type:id` of the parent or the associated object -> children. */
  readonly children: ReadonlyMap<string, readonly Entity[]>;
  readonly truth: Omit<Truth, 'samples'>;
}

export interface ModelOptions {
  readonly generation: Generation['name'];
  readonly sparse: boolean;
  /** InfiniBand and FCoE are features under licence: without it there is nothing of them. */
  readonly unlicensed: boolean;
  readonly seed: number;
  readonly volumes: number;
  readonly now: number;
}

export function createModel(options: ModelOptions): Model {
  const dorado = options.generation === 'dorado-v6';
  const generation = { name: options.generation, dorado };
  const plan: Plan = {
    generation,
    random: createRandom(options.seed),
    sparse: options.sparse,
    volumes: options.volumes,
  };
  const collections = collectionsOf(plan, options.now);
  if (options.unlicensed) {
    for (const path of ['/ib_port', '/fcoe_port', '/ib_initiator']) collections.delete(path);
  }
  const trees = qtrees(plan);
  const fileQuotas = quotas(plan, trees);
  const groups = groupsOf(plan);
  const children = new Map<string, readonly Entity[]>(childrenOf(collections, groups));
  for (const [parent, list] of fileQuotas.byParent) children.set(`/FS_QUOTA?${parent}`, list);
  for (const tree of trees) {
    const key = `/quotatree?40:${String(tree.source['PARENTID'])}`;
    children.set(key, [...(children.get(key) ?? []), tree]);
  }
  collections.set('/hostgroup', groups.hosts.map(({ entity }) => entity));
  collections.set('/portgroup', groups.ports.map(({ entity }) => entity));
  collections.set('/lungroup', groups.volumes.map(({ entity }) => entity));
  const array = system(plan);
  return {
    generation,
    system: array,
    collections,
    children,
    truth: {
      storage: array.record,
      lists: listsOf(collections, trees, [...fileQuotas.byParent.values()].flat(), groups),
      alerts: recordsOf(collections, '/alarm/currentalarm'),
      alertSources: managementAddresses(recordsOf(collections, '/eth_port', '/lif')),
    },
  };
} // prettier-ignore

function collectionsOf(plan: Plan, now: number): Map<string, readonly Entity[]> {
  const { dorado } = plan.generation;
  return new Map<string, readonly Entity[]>([
    ['/storagepool', pools(plan)],
    ['/lun', luns(plan)],
    ['/controller', controllers(plan)],
    ['/disk', disks(plan)],
    ['/fc_port', ports.fcPorts(plan)],
    ['/eth_port', ports.ethPorts(plan)],
    ['/bond_port', ports.bondPorts(plan)],
    ['/sas_port', ports.sasPorts(plan)],
    ['/filesystem', filesystems(plan)],
    ['/CIFSHARE', shares(plan, 'cifs')],
    ['/NFSHARE', shares(plan, 'nfs')],
    ['/FTP_SHARE_AUTH_CLIENT', plan.sparse ? [] : shares(plan, 'ftp')],
    ['/host', hosts(plan)],
    ['/enclosure', hardware.enclosures(plan)],
    ['/fan', hardware.fans(plan)],
    ['/power', hardware.powerSupplies(plan)],
    ['/backup_power', hardware.batteries(plan)],
    ['/expboard', hardware.boards(plan)],
    ['/intf_module', hardware.modules(plan)],
    ['/REPLICATIONPAIR', hardware.pairs(plan)],
    ['/HyperMetroPair', hardware.metroPairs(plan)],
    ['/fc_initiator', initiators(plan, 'fc')],
    ['/iscsi_initiator', initiators(plan, 'iscsi')],
    ['/mappingview', views(plan)],
    ['/alarm/currentalarm', alarms(plan, now)],
    ...(dorado
      ? ([
          ['/lif', ports.logicalPorts(plan)],
          ['/sfp', hardware.opticalModules(plan)],
          ['/NVMe_over_RoCE_initiator', initiators(plan, 'nvme')],
        ] as const)
      : ([
          ['/fcoe_port', ports.fcoePorts(plan)],
          ['/pcie_port', ports.pciePorts(plan)],
          ['/ib_port', ports.ibPorts(plan)],
          ['/ib_initiator', initiators(plan, 'ib')],
          ['/lif', plan.generation.name === 'v5' ? ports.logicalPorts(plan) : []],
        ] as const)),
  ]);
}

interface Groups {
  readonly hosts: readonly Group[];
  readonly ports: readonly Group[];
  readonly volumes: readonly Group[];
}

const range = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => String(first + index));

function groupsOf(plan: Plan): Groups {
  return {
    hosts: [
      group(plan, 'hosts', 0, { '/host': range(3) }),
      group(plan, 'hosts', 1, { '/host': range(1, 99) }),
      group(plan, 'hosts', 2, { '/host': [] }),
    ],
    ports: [
      group(plan, 'ports', 0, { '/eth_port': range(2, 139_267), '/fc_port': range(2, 1_114_368) }),
      group(plan, 'ports', 1, { '/fc_port': [] }),
    ],
    volumes: [
      group(plan, 'volumes', 0, { '/lun': range(102) }),
      group(plan, 'volumes', 1, { '/lun': range(1, 7) }),
      group(plan, 'volumes', 2, { '/lun': [] }),
    ],
  };
}

/** Members of groups, and the views that a group is in: view n has the groups n. */
function childrenOf(
  collections: ReadonlyMap<string, readonly Entity[]>,
  groups: Groups,
): [string, readonly Entity[]][] {
  return Object.values(groups as unknown as Record<string, readonly Group[]>).flatMap((list) =>
    list.flatMap(({ entity, members }) => {
      const owner = `${String(entity.source['TYPE'])}:${String(entity.source['ID'])}`;
      const view = (collections.get('/mappingview') ?? []).filter(
        ({ source }) => source['ID'] === entity.source['ID'],
      );
      return [
        [`/mappingview/associate?${owner}`, view] as [string, readonly Entity[]],
        ...Object.entries(members).map(([path, ids]): [string, readonly Entity[]] => [
          `${path}/associate?${owner}`,
          (collections.get(path) ?? []).filter(({ source }) => ids.includes(String(source['ID']))),
        ]),
      ];
    }),
  );
}

const recordsOf = (
  collections: ReadonlyMap<string, readonly Entity[]>,
  ...paths: readonly string[]
): Fields[] => paths.flatMap((path) => (collections.get(path) ?? []).map(({ record }) => record));

function listsOf(
  collections: ReadonlyMap<string, readonly Entity[]>,
  trees: readonly Entity[],
  allQuotas: readonly Entity[],
  groups: Groups,
): Truth['lists'] {
  const of = (...paths: string[]) => recordsOf(collections, ...paths);
  return {
    listStoragePools: of('/storagepool'),
    listVolumes: of('/lun'),
    listControllers: of('/controller'),
    listPorts: of('/fc_port', '/fcoe_port', '/eth_port', '/pcie_port', '/bond_port', '/sas_port', '/ib_port', '/lif'), // prettier-ignore
    listDisks: of('/disk'),
    listQuotas: allQuotas.map(({ record }) => record),
    listFilesystems: of('/filesystem'),
    listQtrees: trees.map(({ record }) => record),
    listShares: of('/CIFSHARE', '/NFSHARE', '/FTP_SHARE_AUTH_CLIENT'),
    listStorageHostInitiators: of('/fc_initiator', '/iscsi_initiator', '/ib_initiator', '/NVMe_over_RoCE_initiator'), // prettier-ignore
    listStorageHosts: of('/host'),
    listStorageHostGroups: {
      storage_host_groups: groups.hosts.map(({ entity }) => entity.record),
      storage_host_grp_host_rels: relations(groups.hosts, 'native_storage_host_group_id', 'native_storage_host_id'), // prettier-ignore
    },
    listPortGroups: {
      port_groups: groups.ports.map(({ entity }) => entity.record),
      port_grp_port_rels: relations(groups.ports, 'native_port_group_id', 'native_port_id'),
    },
    listVolumeGroups: {
      volume_groups: groups.volumes.map(({ entity }) => entity.record),
      vol_grp_vol_rels: relations(groups.volumes, 'native_volume_group_id', 'native_volume_id'),
    },
    listMaskingViews: of('/mappingview'),
    listComponents: [
      ...of('/enclosure', '/fan', '/power', '/backup_power', '/expboard', '/intf_module', '/sfp'),
      ...sensorsOf(collections.get('/controller') ?? []),
    ],
    listReplications: of('/REPLICATIONPAIR', '/HyperMetroPair'),
  };
}

function managementAddresses(listed: readonly Fields[]): string[] {
  const managing = listed.filter((port) => port['logical_type'] === 'management');
  const addresses = managing.flatMap((port) => [port['ipv4'], port['ipv6']]);
  return [...new Set(addresses.filter((address) => address !== undefined).map(String))];
}

/** Controllers with a temperature sensor: a component each. */
function sensorsOf(measured: readonly Entity[]): TruthRecord[] {
  return measured.flatMap(({ source, record }) => {
    const { native_controller_id: id, location } = record;
    if (Number(source['TEMPERATURE']) <= 0) return [];
    return [
      { native_component_id: `temperature:${String(id)}`, name: location, type: 'temperature', native_parent_id: id, location, temperature: Number(source['TEMPERATURE']) }, // prettier-ignore
    ];
  });
}

function relations(groups: readonly Group[], owner: string, member: string): TruthRecord[] {
  return groups.flatMap(({ entity, members }) =>
    Object.values(members)
      .flat()
      .map((id) => ({ [owner]: entity.record[owner], [member]: id })),
  );
}
