/** The simulated array in the seed's fields, written down from its model. */
import type { Truth, TruthRecord } from '../../kit/simulator.ts';
import {
  GENERATIONS,
  type Alert,
  type ArrayModel,
  type Drive,
  type HostGroup,
  type Ldev,
  type Pool,
  type Port,
} from './data.ts';
import { replicationsOf } from './copies.ts';
import { componentsOf } from './hardware.ts';

const MIB = 2 ** 20;

export function truthOf(model: ArrayModel, host: string): Truth {
  const { components } = GENERATIONS[model.options.generation];
  return {
    storage: storageOf(model, host),
    lists: {
      listStoragePools: model.pools.map((pool) => poolOf(model, pool)),
      listVolumes: model.ldevs.map(volumeOf),
      ...(components
        ? { listControllers: controllersOf(model), listComponents: componentsOf(model) }
        : {}),
      listReplications: replicationsOf(model),
      listPorts: model.ports.map(portOf),
      listDisks: model.drives.map((drive) => diskOf(model, drive)),
      listStorageHostInitiators: initiatorsOf(model),
      listStorageHosts: hostsOf(model),
      listStorageHostGroups: groupsOf(model),
      listMaskingViews: model.groups.flatMap(viewsOf),
    },
    accessUrl: `https://${host}/`,
    alertSources: components ? [host, '192.0.2.12'] : [host],
    alerts: worstOfEach(model.alerts.map((alert) => alertOf(model, alert))),
    samples: () => [],
  };
}

function defined(fields: Record<string, unknown>): TruthRecord {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function storageOf(model: ArrayModel, host: string): TruthRecord {
  const { generation } = model.options;
  const known = GENERATIONS[generation];
  const own = generation === 'g900' && !model.options.sparse;
  const total = own
    ? model.capacity.totalKib * 1024
    : sum(model.pools.map((pool) => pool.totalMib * MIB));
  const free = own
    ? model.capacity.freeKib * 1024
    : sum(model.pools.map((pool) => pool.freeMib * MIB));
  return {
    name: `${known.model}_${host}`,
    description: 'Hitachi VSP Storage',
    vendor: 'Hitachi',
    model: known.model,
    serial_number: String(known.serial),
    firmware_version: model.firmware,
    total_capacity: total,
    used_capacity: total - free,
    free_capacity: free,
    raw_capacity: sum(model.drives.map((drive) => drive.gigabytes * 1e9)),
    ...(known.efficient && !model.options.sparse ? { data_reduction: 1.35 } : {}),
    ...(model.options.sparse
      ? {}
      : {
          snapshot_capacity: sum(model.pools.map(({ snapshotMib = 0 }) => snapshotMib * MIB)),
          snapshot_count: sum(model.pools.map(({ snapshots = 0 }) => snapshots)),
        }),
  };
}

const POOL_STATUS: Record<string, string> = {
  POLN: 'normal',
  POLF: 'normal',
  POLS: 'abnormal',
  POLE: 'offline',
};

function poolOf({ options }: ArrayModel, pool: Pool): TruthRecord {
  const { efficient } = GENERATIONS[options.generation];
  return defined({
    native_storage_pool_id: String(pool.id),
    name: pool.name,
    description: 'Hitachi VSP Pool',
    storage_type: 'block',
    status: POOL_STATUS[pool.status] ?? 'unknown',
    total_capacity: pool.totalMib * MIB,
    used_capacity: (pool.totalMib - pool.freeMib) * MIB,
    free_capacity: pool.freeMib * MIB,
    subscribed_capacity: pool.locatedMib === undefined ? undefined : pool.locatedMib * MIB,
    data_reduction: efficient && pool.ratio !== undefined ? Number(pool.ratio) : undefined,
    snapshot_capacity: pool.snapshotMib === undefined ? undefined : pool.snapshotMib * MIB,
    snapshot_count: pool.snapshots,
  });
}

function ldevId(id: number): string {
  const digits = id.toString(16).padStart(6, '0');
  return `${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4)}`;
}

const VOLUME_STATUS: Record<string, string> = { NML: 'available', BLK: 'error' };

function volumeOf(ldev: Ldev): TruthRecord {
  const total = ldev.blocks * 512;
  const used = ldev.thin ? ldev.usedBlocks && ldev.usedBlocks * 512 : total;
  const reducible = ldev.thin && ldev.reduction === undefined;
  return defined({
    native_volume_id: ldevId(ldev.id),
    name: ldev.label ?? ldevId(ldev.id),
    description: 'Hitachi VSP volume',
    type: ldev.thin ? 'thin' : 'thick',
    status: VOLUME_STATUS[ldev.status] ?? 'unknown',
    native_storage_pool_id: ldev.poolId === undefined ? undefined : String(ldev.poolId),
    wwn: ldev.naaId,
    total_capacity: total,
    used_capacity: used,
    free_capacity: used === undefined ? undefined : Math.max(0, total - used),
    compressed: reducible ? undefined : (ldev.reduction ?? 'disabled').startsWith('compression'),
    deduplicated: reducible ? undefined : ldev.reduction === 'compression_deduplication',
  });
}

function controllersOf(model: ArrayModel): TruthRecord[] {
  const status: Record<string, string> = { Normal: 'normal', Warning: 'degraded' };
  return model.controllers.map((controller) =>
    defined({
      native_controller_id: controller.location,
      name: controller.location,
      location: controller.location,
      status: status[controller.status] ?? 'unknown',
      soft_version: model.options.sparse ? undefined : controller.version,
      mgmt_ip: controller.ip,
    }),
  );
}

const PORT_TYPE: Record<string, string> = {
  FIBRE: 'fc',
  ISCSI: 'iscsi',
  FCoE: 'fcoe',
  FICON: 'ficon',
};

function portOf(port: Port): TruthRecord {
  const gigabits = /^(\d+)G$/.exec(port.speed ?? '')?.[1];
  const backend = port.attributes?.join() === 'ELUN' ? 'backend' : undefined;
  return defined({
    native_port_id: port.id,
    name: port.id,
    location: port.id,
    type: PORT_TYPE[port.type] ?? 'other',
    logical_type: port.attributes?.includes('TAR') ? 'frontend' : backend,
    connection_status: port.logins?.length ? 'connected' : undefined,
    max_speed: gigabits === undefined ? undefined : Number(gigabits) * 1_000_000_000,
    wwn: port.wwn?.toUpperCase(),
    mac_address: port.mac,
    ipv4: port.ipv4?.address,
    ipv4_mask: port.ipv4?.mask,
    ipv6: port.ipv6LinkLocal ?? port.ipv6Global,
  });
}

const DISK_TYPE: Record<string, string> = { SAS: 'sas', SATA: 'sata', SCM: 'ssd' };
const DISK_USE: Record<string, string> = { DATA: 'member', SPARE: 'spare', FREE: 'free' };
const DISK_STATUS: Record<string, string> = {
  NML: 'normal', CPY: 'normal', CPI: 'normal', RSV: 'abnormal', FAI: 'abnormal', BLK: 'abnormal', WAR: 'abnormal',
}; // prettier-ignore

function diskOf({ options }: ArrayModel, drive: Drive): TruthRecord {
  const { wear } = GENERATIONS[options.generation];
  const flash = drive.type.startsWith('SSD') || drive.type === 'SCM';
  return defined({
    native_disk_id: drive.location,
    name: drive.location,
    location: drive.location,
    physical_type: drive.type.startsWith('SSD') ? 'ssd' : (DISK_TYPE[drive.type] ?? 'unknown'),
    logical_type: DISK_USE[drive.usage] ?? 'unknown',
    status: DISK_STATUS[drive.status] ?? 'unknown',
    native_disk_group_id: drive.parityGroup,
    serial_number: drive.serial,
    model: drive.code,
    speed: flash || !drive.rpm ? undefined : drive.rpm,
    capacity: drive.gigabytes * 1_000_000_000,
    endurance_remaining:
      wear && drive.used !== undefined ? Math.max(0, 100 - drive.used) / 100 : undefined,
  });
}

/** Port id -> initiators logged in there. */
function loginsOf(model: ArrayModel) {
  return new Map(model.ports.map((port) => [port.id, port.logins]));
}

const hostId = (group: HostGroup, initiator: string) =>
  `${group.portId}_${group.number}_${initiator}`;
const groupId = (group: HostGroup) => `${group.portId}_${group.number}`;

function initiatorsOf(model: ArrayModel): TruthRecord[] {
  const logins = loginsOf(model);
  const names = new Set(
    model.groups.flatMap((group) => group.members.map((member) => member.initiator)),
  );
  return [...names].map((name) => {
    const groups = model.groups.filter((group) =>
      group.members.some((member) => member.initiator === name),
    );
    const known = groups.flatMap((group) => logins.get(group.portId) ?? []);
    const tells = groups.some((group) => logins.get(group.portId) !== undefined);
    const nicknames = groups.flatMap((group) =>
      group.members.filter((member) => member.initiator === name),
    );
    const [first] = groups;
    return defined({
      native_storage_host_initiator_id: name,
      native_storage_host_id: first && hostId(first, name),
      name,
      alias: nicknames.find((member) => member.nickname !== undefined)?.nickname,
      type: name.startsWith('iqn.') ? 'iscsi' : 'fc',
      status: tells ? (known.includes(name) ? 'online' : 'offline') : undefined,
      wwn: name,
    });
  });
}

const OS: Record<string, string> = {
  'LINUX/IRIX': 'Linux', VMWARE_EX: 'VMware ESX', WIN_EX: 'Windows', AIX: 'AIX', 'HP-UX': 'HP-UX', SOLARIS: 'Solaris', OVMS: 'Open VMS',
}; // prettier-ignore

function hostsOf(model: ArrayModel): TruthRecord[] {
  const logins = loginsOf(model);
  return model.groups.flatMap((group) =>
    group.members.map(({ initiator, nickname }) => {
      const known = logins.get(group.portId);
      return defined({
        native_storage_host_id: hostId(group, initiator),
        name: nickname ?? initiator,
        os_type: group.mode && (OS[group.mode] ?? 'Unknown'),
        status: known && (known.includes(initiator) ? 'normal' : 'offline'),
      });
    }),
  );
}

function groupsOf(model: ArrayModel) {
  return {
    storage_host_groups: model.groups.map((group) =>
      defined({
        native_storage_host_group_id: groupId(group),
        name: group.name,
        storage_hosts:
          group.members.map((member) => hostId(group, member.initiator)).join(',') || undefined,
      }),
    ),
    storage_host_grp_host_rels: model.groups.flatMap((group) =>
      group.members.map((member) => ({
        native_storage_host_group_id: groupId(group),
        native_storage_host_id: hostId(group, member.initiator),
      })),
    ),
  };
}

function viewsOf(group: HostGroup): TruthRecord[] {
  return group.paths.map((path) => ({
    native_masking_view_id: `${groupId(group)}_${path.lun}`,
    name: `${group.portId},${group.number},${path.lun}`,
    native_storage_host_group_id: groupId(group),
    native_volume_id: ldevId(path.ldevId),
  }));
}

const SEVERITY: Record<string, string> = {
  Acute: 'Critical',
  Serious: 'Major',
  Moderate: 'Warning',
  Service: 'Informational',
};

/** Both controllers log the same SIM: one alert, as bad as the worst entry, of the newest of those. */
function worstOfEach(alerts: readonly TruthRecord[]): TruthRecord[] {
  const order = [...Object.values(SEVERITY), 'NotSpecified'];
  const found = new Map<unknown, TruthRecord>();
  for (const alert of alerts) {
    const key = alert['match_key'] ?? alert['sequence_number'];
    const known = found.get(key);
    const rank = (one: TruthRecord) => order.indexOf(String(one['severity']));
    const worse =
      !known ||
      rank(alert) < rank(known) ||
      (rank(alert) === rank(known) && Number(alert['occur_time']) > Number(known['occur_time']));
    if (worse) found.set(key, alert);
  }
  return [...found.values()];
}

function alertOf({ options }: ArrayModel, alert: Alert): TruthRecord {
  const zone = GENERATIONS[options.generation].zone === undefined ? 'Z' : '+09:00';
  const parts = alert.actions.map(
    ({ code, part, location }) =>
      `action code ${code.toString(16)}: ${part}${location === '-' ? '' : `, ${location}`}`,
  );
  return defined({
    alert_id: String(alert.id),
    alert_name: alert.section,
    severity: SEVERITY[alert.level] ?? 'NotSpecified',
    category: 'Fault',
    type: 'EquipmentAlarm',
    sequence_number: alert.index,
    occur_time: Date.parse(`${alert.time}${zone}`),
    description: alert.detail,
    recovery_advice: parts.join('; ') || undefined,
    resource_type: 'Storage',
    location: alert.location,
    match_key:
      alert.code === undefined ? undefined : `vsp:${alert.code.toString(16).padStart(6, '0')}`,
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
