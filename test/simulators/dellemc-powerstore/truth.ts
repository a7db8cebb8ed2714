/** The array in the seed's terms, from the simulator's own rows. */
import type { Truth, TruthRecord } from '../../kit/simulator.ts';
import {
  host,
  initiators,
  maskingViews,
  filesystems,
  qtrees,
  treeQuotas,
  userQuotas,
  shares,
  replications,
  alerts,
} from './truth-more.ts';
import { samplesOf, spaceRow, wearOf } from './measured.ts';
import { SPARSE_ATTRIBUTES, SPARSE_RESOURCES } from './rest.ts';
import { isPrimary, table, type Context, type Rows } from './words.ts';
import { RELEASES, type PowerStoreArray, type Row, word } from './types.ts';

export interface TruthOptions {
  /** No file services. */
  readonly isUnlicensed: boolean;
  /** No descriptions, details, addresses, groups or samples. */
  readonly isSparse: boolean;
  readonly port: number;
}

export function truthOf(
  array: PowerStoreArray,
  { isUnlicensed, isSparse, port }: TruthOptions,
): Truth {
  const isOld = array.generation === 'v2';
  const rows: Rows = (resource) => {
    if (isSparse && SPARSE_RESOURCES.has(resource)) return [];
    const all = array.rows[resource] ?? [];
    return isSparse ? all.map((row) => without(row)) : all;
  };
  const context = { array, rows, isOld, isSparse };
  const file = isUnlicensed
    ? {}
    : {
        listFilesystems: list(filesystems(context)),
        listQtrees: list(qtrees(rows)),
        listQuotas: list([...treeQuotas(rows), ...userQuotas(rows)]),
        listShares: list(shares(rows)),
      };
  return {
    accessUrl: `https://127.0.0.1:${port}/`,
    alertSources: isSparse ? [] : [1, 2, 3, 10, 11, 12, 13].map((last) => `192.0.2.${last}`),
    storage: present(storage(context)),
    lists: {
      listStoragePools: list(pools(context)),
      listVolumes: list(volumes(context)),
      listVolumeGroups: groups(rows('volume_group'), 'volume_groups', 'vol_grp_vol_rels', 'volume'),
      listControllers: list(controllers(context)),
      listDisks: list(disks(context)),
      listPorts: list(ports(context)),
      listStorageHosts: list(rows('host').map(host)),
      listStorageHostInitiators: list(initiators(context)),
      listStorageHostGroups: groups(
        rows('host_group'),
        'storage_host_groups',
        'storage_host_grp_host_rels',
        'storage_host',
      ),
      listMaskingViews: list(maskingViews(rows)),
      listComponents: list(components(rows)),
      listReplications: list(replications(context)),
      ...file,
    },
    get alerts() {
      return list(alerts(array.rows['alert'] ?? []));
    },
    samples: (start, end) => (isSparse ? [] : samplesOf(array, start, end)),
  };
}

function without(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, SPARSE_ATTRIBUTES.has(name) ? null : value]),
  );
}

function list(records: readonly TruthRecord[]): TruthRecord[] {
  return records.map(present);
}

function present(record: TruthRecord): TruthRecord {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined && value !== null),
  );
}

const HEALTH = table({
  Healthy: 'normal',
  Failed: 'abnormal',
  Disconnected: 'offline',
  Replaced: 'offline',
});
const details = (row: Row): Row => (row['extra_details'] ?? {}) as Row;

function space({ isSparse }: Context, entity: string, id: string) {
  if (isSparse) return {};
  const row = spaceRow(entity, id) as Record<string, number>;
  return {
    total_capacity: row['physical_total'],
    used_capacity: row['physical_used'],
    free_capacity: (row['physical_total'] ?? 0) - (row['physical_used'] ?? 0),
    subscribed_capacity: row['logical_provisioned'],
    logical_used_capacity: row['logical_used'],
    data_reduction: id === 'A2' ? undefined : 3.5,
  };
}

function snapshotsOf({ rows }: Context): readonly Row[] {
  return rows('volume').filter((row) => row['type'] === 'Snapshot');
}

function storage(context: Context): TruthRecord {
  const { array, rows, isSparse } = context;
  const [cluster = {}] = rows('cluster');
  const drives = rows('hardware').filter(
    (row) =>
      row['type'] === 'Drive' &&
      !['Empty', 'Disconnected', 'Replaced'].includes(word(row['lifecycle_state'])) &&
      row['stale_state'] === 'Not_Stale' &&
      details(row)['drive_type'] !== 'NVMe_NVRAM',
  );
  return {
    name: cluster['name'],
    vendor: 'DELL EMC',
    model: 'PowerStore 1000T',
    status: 'normal',
    serial_number: cluster['global_id'],
    firmware_version: RELEASES[array.generation],
    raw_capacity: isSparse ? undefined : drives.reduce((sum, row) => sum + Number(details(row)['size']), 0),
    snapshot_count: snapshotsOf(context).length,
    ...space(context, 'space_metrics_by_cluster', '0'),
  }; // prettier-ignore
}

function pools(context: Context): TruthRecord[] {
  const { rows, isOld } = context;
  return rows('appliance').map((row) => ({
    native_storage_pool_id: row['id'],
    name: row['name'],
    storage_type: isOld ? undefined : table({ Unified: 'unified', Block: 'block' })(row['mode']),
    status: row['id'] === 'A1' ? 'normal' : 'abnormal',
    snapshot_count: snapshotsOf(context).filter((one) => one['appliance_id'] === row['id']).length,
    ...space(context, 'space_metrics_by_appliance', word(row['id'])),
  }));
}

function volumes(context: Context): TruthRecord[] {
  const { rows, array, isSparse, isOld } = context;
  const written = new Map(
    (array.rows['volume'] ?? []).map((row) => [row['id'], row['logical_used']]),
  );
  const taken = Map.groupBy(
    snapshotsOf(context),
    (one) => (one['protection_data'] as Row)['parent_id'],
  );
  return rows('volume')
    .filter(isPrimary)
    .map((row) => {
      // Old software tells it as a metric.
      const used = isSparse ? undefined : (written.get(row['id']) as number | undefined);
      const size = row['size'] as number;
      void isOld;
      return {
        native_volume_id: row['id'],
        name: row['name'],
        description: row['description'],
        type: 'thin',
        status: table({ Ready: 'available', Offline: 'error' })(row['state']),
        native_storage_pool_id: row['appliance_id'],
        wwn: (row['wwn'] as string | null)?.slice(4),
        total_capacity: size,
        used_capacity: used,
        logical_used_capacity: used,
        free_capacity: used === undefined || used === null ? undefined : size - used,
        snapshot_count: taken.get(row['id'])?.length ?? 0,
      };
    });
}

function groups(all: readonly Row[], name: string, relations: string, of: string) {
  const member = of === 'volume' ? 'volumes' : 'hosts';
  const [groupId, memberId] =
    of === 'volume'
      ? ['native_volume_group_id', 'native_volume_id']
      : ['native_storage_host_group_id', 'native_storage_host_id'];
  const members = (row: Row) => (row[member] as readonly Row[]).map(({ id }) => id);
  const shown = all.filter(isPrimary);
  return {
    [name]: list(
      shown.map((row) => ({
        [groupId]: row['id'],
        name: row['name'],
        description: row['description'],
        [of === 'volume' ? 'volumes' : 'storage_hosts']: members(row).join(','),
      })),
    ),
    [relations]: shown.flatMap((row) =>
      members(row).map((id) => ({ [groupId]: row['id'], [memberId]: id })),
    ),
  };
}

/** Of those with a place: appliance and slot. */
function place(row: Row): string {
  return row['slot'] === null
    ? word(row['appliance_id'])
    : `${word(row['appliance_id'])} slot ${word(row['slot'])}`;
}

function controllers({ array, rows, isSparse }: Context): TruthRecord[] {
  const order = new Map(
    rows('node').map((row, index) => [`${word(row['appliance_id'])}${word(row['slot'])}`, index]),
  );
  return rows('hardware')
    .filter(({ type }) => type === 'Node')
    .map((row) => {
      const index = order.get(`${word(row['appliance_id'])}${word(row['slot'])}`) ?? 0;
      return {
        native_controller_id: row['id'],
        name: row['name'],
        status: row['lifecycle_state'] === 'Failed' ? 'fault' : 'normal',
        location: place(row),
        soft_version: row['appliance_id'] === 'A2' ? '1.0.0.0' : RELEASES[array.generation],
        cpu_info: details(row)['cpu_model'],
        cpu_count: isSparse ? undefined : 2,
        memory_size: isSparse ? undefined : 192 * 2 ** 30,
        mgmt_ip: isSparse ? undefined : `192.0.2.${10 + index}`,
      };
    });
}

function disks({ rows, isSparse }: Context): TruthRecord[] {
  const types = {
    NVMe_SSD: 'nvme-ssd',
    NVMe_SSD_QLC: 'nvme-ssd',
    NVMe_SCM: 'nvme-ssd',
    SAS_SSD: 'ssd',
    NVMe_Virtual: 'vmdisk',
  };
  const all = rows('hardware').filter(
    (row) => row['type'] === 'Drive' && row['lifecycle_state'] !== 'Empty',
  );
  return all.map((row) => ({
    native_disk_id: row['id'],
    name: row['name'],
    physical_type: table(types)(details(row)['drive_type']),
    logical_type: details(row)['drive_type'] === 'NVMe_NVRAM' ? 'cache' : undefined,
    status: row['stale_state'] === 'Disconnected' ? 'offline' : HEALTH(row['lifecycle_state']),
    location: place(row),
    serial_number: (row['serial_number'] as string | null)?.trim(),
    firmware: details(row)['firmware_version'],
    capacity: details(row)['size'],
    endurance_remaining: isSparse ? undefined : wearOf(word(row['id'])) / 100,
  }));
}

function components(rows: Rows): TruthRecord[] {
  const types = {
    Base_Enclosure: 'enclosure',
    Power_Supply: 'power_supply',
    IO_Module: 'module',
    SFP: 'sfp',
    Battery: 'battery',
    DIMM: 'memory',
    Fan: 'fan',
  };
  const states = table({
    Healthy: 'ok',
    Failed: 'failed',
    Disconnected: 'missing',
    Replaced: 'missing',
  });
  const shown = rows('hardware').filter((row) => row['lifecycle_state'] !== 'Empty');
  return shown
    .filter((row) => row['type'] !== 'Node' && row['type'] !== 'Drive')
    .map((row) => ({
      native_component_id: row['id'],
      name: row['name'],
      type: table(types, 'other')(row['type']),
      status: states(row['lifecycle_state']),
      native_parent_id: row['parent_id'],
      location: place(row),
      model: details(row)['model_name'],
      serial_number: (row['serial_number'] as string | null)?.trim(),
      part_number: row['part_number'],
      fan_speed:
        details(row)['rpm_reading'] === undefined ? undefined : Number(details(row)['rpm_reading']),
    }));
}

const SPEEDS: Readonly<Record<string, number>> = {
  '100_Mbps': 1e8, '10_Gbps': 1e10, '12_Gbps': 12e9, '16_Gbps': 16e9, '25_Gbps': 25e9, '100_Gbps': 1e11,
}; // prettier-ignore

function ports(context: Context): TruthRecord[] {
  const { rows, isOld, isSparse } = context;
  const health = (row: Row) => {
    if (row['stale_state'] === 'Disconnected') return 'unknown';
    const sfp = rows('hardware').find(({ id }) => id === row['sfp_id']);
    return sfp && table({ Healthy: 'normal', Failed: 'abnormal' })(sfp['lifecycle_state']);
  };
  const common = (row: Row): TruthRecord => ({
    native_port_id: row['id'],
    name: row['name'],
    location: `${word(row['appliance_id'])} ${word(row['name'])}`,
    connection_status: link(row),
    health_status: health(row),
    native_parent_id: row['node_id'],
    speed: SPEEDS[word(row['current_speed'] ?? row['speed'])],
  });
  const addresses = isSparse ? () => ({}) : addressesOf(rows);
  const be = isOld ? [] : rows('eth_be_port');
  return [
    ...rows('fc_port').map((row) => ({
      ...common(row),
      type: 'fc',
      logical_type: 'frontend',
      max_speed: 32e9,
      wwn: row['wwn'],
    })),
    ...rows('eth_port').map((row) => ({
      ...common(row),
      type: 'eth',
      mac_address: row['mac_address'],
      ...addresses(row['id']),
      max_speed: (row['supported_speeds'] as readonly string[]).length > 1 ? 25e9 : undefined,
    })),
    ...be.map((row) => ({
      ...common(row),
      type: 'eth',
      logical_type: 'backend',
      mac_address: row['mac_address'],
    })),
    ...rows('sas_port').map((row) => ({ ...common(row), type: 'sas', logical_type: 'backend' })),
    ...rows('bond').map((row) => ({
      native_port_id: row['id'],
      name: row['name'],
      type: 'eth',
      logical_type: 'if-group',
      connection_status: link(row),
      ...addresses(row['id']),
      health_status: isOld
        ? undefined
        : table({ Healthy: 'normal', Degraded: 'abnormal', Failed: 'abnormal' })(row['status']),
    })),
  ];
}

function link(row: Row): string | undefined {
  if (row['stale_state'] === 'Disconnected') return undefined;
  return row['is_link_up'] ? 'connected' : 'disconnected';
}

/** IP_PORT0 to 4 have addresses of the storage network, IP_PORT0 two of them. */
function addressesOf(rows: Rows) {
  const v4: Record<string, string> = {
    IP_PORT0: '192.0.2.20;192.0.2.25',
    IP_PORT1: '192.0.2.21',
    IP_PORT2: '192.0.2.22',
    IP_PORT3: '192.0.2.23',
    IP_PORT4: '192.0.2.24',
    IP_PORT90: '192.0.2.30',
  };
  return (portId: unknown): TruthRecord => {
    const ipPort = rows('ip_port').find(
      (row) => row['eth_port_id'] === portId || row['bond_id'] === portId,
    );
    const ipv4 = v4[word(ipPort?.['id'])];
    if (ipv4 === undefined) return {};
    const ipv4_mask = ipv4.includes(';') ? '255.255.240.0;255.255.240.0' : '255.255.240.0';
    const v6 =
      ipPort?.['id'] === 'IP_PORT1'
        ? { ipv6: 'fd4e:c5b3:1db3::201:44f0:49e5:21c3', ipv6_mask: '64' }
        : {};
    return { ipv4, ipv4_mask, ...v6 };
  };
}
