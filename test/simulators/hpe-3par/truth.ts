/** The simulated array in the seed's terms, written from the model. */
import type { MetricName, ResourceType } from 'delfin-agent/driver';
import type { Truth, TruthRecord, TruthSample } from '../../kit/simulator.ts';
import type { ArrayModel, NamedSet, Port, Vlun } from './data.ts';
import { celsiusOf, errorsOf, lifeOf } from './hardware.ts';
import { componentsTruth, replicationsTruth } from './hardware-truth.ts';
import {
  countersOf,
  cpgsReported,
  cpuOf,
  disksReported,
  INTERVAL_S,
  portsReported,
  volumesReported,
  type Reported,
  type Triple,
} from './reports.ts';

const MIB = 1_048_576;

/** Without the licence of the System Reporter there are no samples; sets are still known to the WSAPI. */
export function truthOf(model: ArrayModel, unlicensed: boolean): Truth {
  return {
    storage: storage(model),
    ...(model.primera ? { accessUrl: 'https://localhost/' } : {}),
    alertSources: ['192.0.2.5'],
    lists: {
      listStoragePools: model.cpgs.map((cpg) => pool(model, cpg)),
      listVolumes: model.volumes.map((one) => volume(model, one)),
      listControllers: model.nodes.map((node) => controller(model, node)),
      listDisks: model.disks.map(disk),
      listPorts: model.ports.map((port) => portRecord(model, port)),
      listStorageHosts: model.hosts.map(host),
      listStorageHostInitiators: initiators(model),
      listStorageHostGroups: {
        storage_host_groups: model.hostSets.map((set) =>
          without({
            native_storage_host_group_id: String(set.id),
            ...described(set),
            storage_hosts: memberList(set),
          }),
        ),
        storage_host_grp_host_rels: members(model.hostSets).map(([set, item]) => ({
          native_storage_host_group_id: set,
          native_storage_host_id: item,
        })),
      },
      listVolumeGroups: {
        volume_groups: model.volumeSets.map((set) =>
          without({
            native_volume_group_id: String(set.id),
            ...described(set),
            volumes: memberList(set),
          }),
        ),
        vol_grp_vol_rels: members(model.volumeSets).map(([set, item]) => ({
          native_volume_group_id: set,
          native_volume_id: item,
        })),
      },
      listMaskingViews: model.vluns.map(maskingView),
      listPortGroups: portGroups(model),
      listComponents: componentsTruth(model),
      listReplications: replicationsTruth(model),
    },
    alerts: model.alerts.map(alert),
    samples: (start, end) => (model.sparse || unlicensed ? [] : samples(model, start, end)),
  };
}

function without(record: Readonly<Record<string, unknown>>): TruthRecord {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

function described(set: NamedSet) {
  return { name: set.name, description: set.comment };
}

function members(sets: readonly NamedSet[]): (readonly [string, string])[] {
  return sets.flatMap((set) => set.members.map(({ id }) => [String(set.id), String(id)] as const));
}

function memberList(set: NamedSet) {
  return set.members.map(({ id }) => id).join(',') || undefined;
}

function storage(model: ArrayModel): TruthRecord {
  const { total, allocated, free } = model.capacity;
  return without({
    name: model.name,
    vendor: 'HPE',
    model: model.model,
    description: model.comment,
    status: model.primera ? 'normal' : 'abnormal',
    serial_number: model.serial,
    firmware_version: model.version,
    location: model.location,
    total_capacity: (free + allocated) * MIB,
    used_capacity: allocated * MIB,
    free_capacity: free * MIB,
    raw_capacity: total * MIB,
    data_reduction: model.sparse || model.old ? undefined : 1.58,
    snapshot_capacity: model.old ? undefined : 4096 * MIB,
  });
}

function pool(model: ArrayModel, cpg: ArrayModel['cpgs'][number]): TruthRecord {
  const { id, name, state, spaces } = cpg;
  const add = (field: 'total' | 'used') =>
    spaces.reduce((sum, space) => sum + space[field], 0) * MIB;
  const states: Readonly<Record<number, string>> = { 1: 'normal', 2: 'degraded', 3: 'abnormal' };
  return without({
    native_storage_pool_id: String(id),
    name,
    description: `Hpe 3par CPG:${name}`,
    storage_type: 'block',
    status: states[state] ?? 'unknown',
    total_capacity: add('total'),
    used_capacity: add('used'),
    free_capacity: add('total') - add('used'),
    // The store of deduplicated data is promised to nobody.
    subscribed_capacity:
      model.volumes
        .filter((one) => one.cpg === cpg && one.provisioning !== 7)
        .reduce((sum, { sizeMib }) => sum + sizeMib, 0) * MIB,
    data_reduction: id === 1 ? 2.25 : undefined,
    snapshot_capacity: (spaces[2]?.used ?? 0) * MIB,
  });
}

function volume(model: ArrayModel, one: ArrayModel['volumes'][number]): TruthRecord {
  const types: Readonly<Record<number, string>> = {
    1: 'thick', 2: 'thin', 3: 'thin', 4: 'thick', 6: 'thin', 7: 'thick',
  }; // prettier-ignore
  const states: Readonly<Record<number, string>> = { 1: 'available', 2: 'error', 3: 'error' };
  return without({
    native_volume_id: String(one.id),
    name: one.name,
    description: one.comment,
    type: types[one.provisioning],
    status: states[one.state] ?? 'unknown',
    native_storage_pool_id: one.cpg && String(one.cpg.id),
    wwn: one.wwn,
    total_capacity: one.sizeMib * MIB,
    used_capacity: one.usedMib * MIB,
    free_capacity: (one.sizeMib - one.usedMib) * MIB,
    data_reduction: one.id === 2 ? 1.75 : undefined,
    snapshot_capacity: one.id % 3 === 1 ? one.id * MIB : undefined,
    snapshot_count:
      one.provisioning === 3 ? undefined : Number(model.volumes[one.id + 1]?.provisioning === 3),
    compressed: switched(one.compression),
    deduplicated: switched(one.deduplication),
  });
}

/** On, off, not in use, not available; other codes are no answer. */
function switched(state: number | undefined): boolean | undefined {
  return state === undefined || state > 4 ? undefined : state === 1;
}

function controller(model: ArrayModel, node: ArrayModel['nodes'][number]): TruthRecord {
  const states: Readonly<Record<string, string>> = {
    OK: 'normal', Degraded: 'degraded', Failed: 'fault',
  }; // prettier-ignore
  return without({
    native_controller_id: String(node.id),
    name: node.name,
    status: states[node.state] ?? 'unknown',
    memory_size: (node.controlMib + node.dataMib) * MIB,
    soft_version: model.sparse ? undefined : model.version,
    cpu_info: model.sparse ? undefined : `${node.cores} * ${node.speedMhz} MHz`,
    cpu_count: model.sparse ? undefined : node.cores,
  });
}

function disk(one: ArrayModel['disks'][number]): TruthRecord {
  const types: Readonly<Record<string, string>> = {
    FC: 'fc', SSD: 'ssd', SCM: 'ssd', NL: 'nl-sas',
  }; // prettier-ignore
  const isFlash = one.type === 'SSD' || one.type === 'SCM';
  const position = one.position === '---' ? undefined : one.position;
  const states: Readonly<Record<string, string>> = {
    normal: 'normal', degraded: 'degraded', failed: 'abnormal', new: 'abnormal',
  }; // prettier-ignore
  return without({
    native_disk_id: String(one.id),
    name: position,
    location: position,
    physical_type: types[one.type] ?? 'unknown',
    status: states[one.state] ?? 'unknown',
    capacity: one.sizeMib * MIB,
    speed: isFlash ? undefined : one.rpm === 7 ? 7_200 : one.rpm * 1000,
    serial_number: one.serial,
    manufacturer: one.maker,
    model: one.model,
    firmware: one.firmware,
    temperature: position === undefined ? undefined : celsiusOf(one),
    media_errors: errorsOf(one).read + errorsOf(one).write,
    endurance_remaining: lifeOf(one) === undefined ? undefined : (lifeOf(one) ?? 0) / 100,
  });
}

function portRecord(model: ArrayModel, port: Port): TruthRecord {
  const hardware = model.sparse ? port.protocol : port.hardware;
  const types: Readonly<Record<string, string>> = {
    FC: 'fc', SAS: 'sas', CNA: 'cna', ETH: 'eth', iSCSI: 'iscsi', IP: 'eth',
  }; // prettier-ignore
  const roles: Readonly<Record<string, string>> = {
    host: 'frontend', iscsi: 'frontend', disk: 'backend',
  }; // prettier-ignore
  const links: Readonly<Record<string, string>> = { ready: 'connected', teleporting: 'unknown' };
  const healths: Readonly<Record<string, string>> = {
    error_state: 'abnormal', error: 'abnormal', fw_dead: 'abnormal', teleporting: 'unknown',
  }; // prettier-ignore
  const isSilent = model.sparse && port.use === 'fs';
  // OS 10 shows the address, not the mask, beside the port.
  const address = isSilent && !model.alletra ? undefined : port.ip;
  const mask = address === undefined || isSilent ? undefined : port.mask;
  const isV6 = address?.includes(':') ?? false;
  const rate = model.sparse && port.use === 'fs' ? 'n/a' : port.rate;
  return without({
    native_port_id: port.id,
    name: port.id,
    location: port.id,
    type: types[hardware] ?? 'other',
    logical_type: roles[port.use],
    connection_status: links[port.state] ?? 'disconnected',
    health_status: healths[port.state] ?? 'normal',
    native_parent_id: port.id[0],
    speed: gigabits(rate),
    max_speed: gigabits(port.maxRate),
    [port.address.length === 16 ? 'wwn' : 'mac_address']: port.address,
    ipv4: isV6 ? undefined : address,
    ipv4_mask: isV6 ? undefined : mask,
    ipv6: isV6 ? address : undefined,
    ipv6_mask: isV6 ? mask : undefined,
  });
}

function gigabits(rate: string): number | undefined {
  const value = Number.parseInt(rate, 10);
  return Number.isNaN(value) ? undefined : value * 1_000_000_000;
}

function host(one: ArrayModel['hosts'][number]): TruthRecord {
  const systems: Readonly<Record<string, string>> = {
    'ESXI6.0': 'VMware ESX', 'RHE Linux 7.x': 'Linux', 'Windows Server 2016': 'Windows',
  }; // prettier-ignore
  return without({
    native_storage_host_id: String(one.id),
    name: one.name,
    description: one.comment,
    os_type: one.os && (systems[one.os] ?? one.os),
    ip_address: one.ip,
  });
}

function initiators(model: ArrayModel): TruthRecord[] {
  const owned = model.hosts.flatMap((one) => one.paths.map((path) => ({ path, host: one.id })));
  const others = model.strangers.map((path) => ({ path, host: undefined }));
  return [...owned, ...others].map(({ path, host: owner }) =>
    without({
      native_storage_host_initiator_id: path.wwn,
      native_storage_host_id: owner === undefined ? undefined : String(owner),
      name: path.wwn,
      wwn: path.wwn,
      type: path.wwn.startsWith('iqn') ? 'iscsi' : 'fc',
      status: path.ports.length > 0 ? 'online' : 'offline',
    }),
  );
}

function maskingView(vlun: Vlun): TruthRecord {
  const isSet = (item: object): item is NamedSet => 'members' in item;
  const label = (item: { name: string }) => (isSet(item) ? `set:${item.name}` : item.name);
  const owner = vlun.host;
  const id = [vlun.lun, vlun.port, vlun.initiator, owner && label(owner), label(vlun.volume)];
  return without({
    native_masking_view_id: id.filter((part) => part !== undefined).join('_'),
    name: String(vlun.lun),
    native_storage_host_id: owner && !isSet(owner) ? String(owner.id) : undefined,
    native_storage_host_group_id: owner && isSet(owner) ? String(owner.id) : undefined,
    native_volume_id: isSet(vlun.volume) ? undefined : String(vlun.volume.id),
    native_volume_group_id: isSet(vlun.volume) ? String(vlun.volume.id) : undefined,
    native_port_group_id: vlun.port && `port_group_${vlun.port}`,
  });
}

function portGroups(model: ArrayModel) {
  const ports = [...new Set(model.vluns.flatMap(({ port }) => port ?? []))];
  return {
    port_groups: ports.map((port) => ({
      native_port_group_id: `port_group_${port}`,
      name: `port_group_${port}`,
      description: `port_group_${port}`,
      ports: port,
    })),
    port_grp_port_rels: ports.map((port) => ({
      native_port_group_id: `port_group_${port}`,
      native_port_id: port,
    })),
  };
}

function alert(one: ArrayModel['alerts'][number]): TruthRecord {
  const severities: Readonly<Record<string, string>> = {
    Degraded: 'Warning', Fatal: 'Fatal', Critical: 'Critical', Major: 'Major', Minor: 'Minor',
    Informational: 'Informational',
  }; // prettier-ignore
  return {
    alert_id: `0x${one.code.toString(16).padStart(7, '0')}`,
    alert_name: one.name,
    severity: severities[one.severity] ?? 'NotSpecified',
    category: 'Fault',
    type: 'EquipmentAlarm',
    sequence_number: String(one.id),
    occur_time: one.time,
    description: one.message,
    resource_type: 'Storage',
    location: one.component,
    match_key: `3par:${one.id}`,
  };
}

function samples(model: ArrayModel, start: number, end: number): TruthSample[] {
  const step = INTERVAL_S * 1000;
  const now = Math.min(end, Date.now());
  const found: TruthSample[] = [];
  for (let time = Math.ceil(start / step) * step; time <= now; time += step) {
    const seconds = time / 1000;
    const add = (type: ResourceType, list: readonly Reported[], id: (one: Reported) => string) => {
      for (const one of list) found.push(...counterSamples(type, id(one), one.object, seconds));
    };
    add('volume', volumesReported(model), ({ key }) => key['VVID'] ?? '');
    add('port', portsReported(model), ({ object }) => object.slice('port '.length));
    add('disk', disksReported(model), ({ key }) => key['PDID'] ?? '');
    add('storagePool', cpgsReported(model), ({ object }) => object.slice('cpg '.length));
    found.push(...counterSamples('storage', '', 'overall', seconds));
    for (const { id } of model.nodes) {
      const [user, system] = cpuOf(id, seconds);
      found.push({
        resource_type: 'controller',
        resource_id: String(id),
        name: 'cpuUsage',
        time,
        value: (user + system) / 100,
      });
    }
  }
  return found;
}

function counterSamples(
  type: ResourceType,
  id: string,
  object: string,
  seconds: number,
): TruthSample[] {
  const { io, kb, ms, size } = countersOf(object, seconds);
  const triple = (
    names: readonly [MetricName, MetricName, MetricName],
    values: Triple,
    unit: number,
  ) =>
    names.map((name, index) => ({
      resource_type: type,
      resource_id: id,
      name,
      time: seconds * 1000,
      value: (values[index] ?? 0) * unit,
    }));
  return [
    ...triple(['readIops', 'writeIops', 'iops'], io, 1),
    ...triple(['readThroughput', 'writeThroughput', 'throughput'], kb, 1000),
    ...triple(['readResponseTime', 'writeResponseTime', 'responseTime'], ms, 0.001),
    ...(type === 'disk' ? [] : triple(['readIoSize', 'writeIoSize', 'ioSize'], size, 1000)),
  ];
}
