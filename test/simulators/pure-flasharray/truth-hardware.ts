/** Controllers, disks, ports and components in the contract's terms. */
import type { TruthRecord } from '../../kit/simulator.ts';
import type { FlashArray, Interface, Part } from './types.ts';

type Table = Readonly<Record<string, string>>;

export function controllerRecords(array: FlashArray, isSparse: boolean): TruthRecord[] {
  const states: Table = { ready: 'normal', 'not ready': 'fault', updating: 'degraded' };
  const addresses: Table = { CT0: '192.0.2.11', CT1: '2001:db8::12' };
  return array.controllers.map(({ name, mode, status, version }) => ({
    native_controller_id: name,
    name,
    status:
      mode === 'offline' || mode === 'not present' ? 'offline' : (states[status] ?? 'unknown'),
    soft_version: version,
    mgmt_ip: array.minor < 4 || isSparse ? undefined : addresses[name],
  }));
}

const DRIVE_STATES: Table = {
  healthy: 'normal',
  updating: 'degraded',
  recovering: 'degraded',
  unhealthy: 'abnormal',
  failed: 'abnormal',
  missing: 'offline',
};

export function diskRecords(array: FlashArray, isSparse: boolean): TruthRecord[] {
  if (array.minor < 4) {
    return array.hardware
      .filter(({ type, status }) => type.endsWith('_bay') && status !== 'not_installed')
      .map(({ name, type, serial }) => ({
        native_disk_id: name,
        name,
        logical_type: type === 'nvram_bay' ? 'cache' : 'data',
        status: 'normal',
        location: name,
        serial_number: isSparse ? undefined : (serial ?? undefined),
      }));
  }
  const technologies: Table = { NVMe: 'nvme-ssd', SAS: 'ssd' };
  return array.drives
    .filter(({ status }) => status !== 'empty')
    .map(({ name, type, protocol, status, capacity }) => ({
      native_disk_id: name,
      name,
      physical_type: type === 'virtual' ? 'vmdisk' : (technologies[protocol ?? ''] ?? 'unknown'),
      logical_type: type === 'NVRAM' || type === 'cache' ? 'cache' : 'data',
      status: DRIVE_STATES[status] ?? 'unknown',
      location: name,
      serial_number: isSparse || type === 'virtual' ? undefined : `PFM-${name}`,
      capacity: capacity ?? undefined,
    }));
}

const TYPES: Table = {
  chassis: 'enclosure',
  storage_shelf: 'enclosure',
  cooling: 'fan',
  temp_sensor: 'temperature',
  power_supply: 'power_supply',
  sas_module: 'module',
  direct_compress_accelerator: 'module',
};
const PART_STATES: Table = { ok: 'ok', degraded: 'degraded', critical: 'failed', not_installed: 'missing' }; // prettier-ignore

export function componentRecords({ hardware }: FlashArray, isSparse: boolean): TruthRecord[] {
  const own = (type: string) => /_port$|_bay$|^controller$/.test(type);
  return hardware
    .filter(({ type }) => !own(type))
    .map(({ name, type, status, model, serial, temperature, voltage }) => ({
      native_component_id: name,
      name,
      type: TYPES[type] ?? 'other',
      status: PART_STATES[status] ?? 'unknown',
      native_parent_id: name.includes('.') ? name.replace(/\.\w+$/, '') : undefined,
      model: isSparse ? undefined : (model ?? undefined),
      serial_number: isSparse ? undefined : (serial ?? undefined),
      temperature: temperature ?? undefined,
      voltage: voltage ?? undefined,
    }));
}

const KINDS: Table = { eth_port: 'eth', fc_port: 'fc', sas_port: 'sas', ib_port: 'ib' };
const ROLES: Table = {
  management: 'management',
  iscsi: 'frontend',
  'nvme-tcp': 'frontend',
  'scsi-fc': 'frontend',
  file: 'frontend',
  'replication,file': 'frontend',
  replication: 'intercluster',
  app: 'service',
  teleport: 'other',
};
const HEALTH: Table = { ok: 'normal', degraded: 'abnormal', critical: 'abnormal' };

export function portRecords(array: FlashArray, isSparse: boolean): TruthRecord[] {
  const interfaces = new Map(
    (array.minor < 4 ? [] : array.interfaces).map((one) => [one.name.toUpperCase(), one]),
  );
  const parts = new Map(
    array.hardware
      .filter(({ type, status }) => type.endsWith('_port') && status !== 'not_installed')
      .map((part) => [part.name, part]),
  );
  const wwns = new Map(array.targets.map(({ name, wwn }) => [name, wwn]));
  return [...new Set([...parts.keys(), ...interfaces.keys()])].map((id) => {
    const [part, network] = [parts.get(id), interfaces.get(id)];
    return {
      native_port_id: id,
      name: /^CT\d/.test(id) ? id : network?.name,
      ...(part ? partFields(id, part, isSparse) : {}),
      ...(network ? networkFields(network, isSparse) : {}),
      type: KINDS[part?.type ?? ''] ?? network?.kind,
      wwn: wwns.get(id) ?? undefined,
    };
  });
}

function partFields(
  id: string,
  { type, status, speed, slot }: Part,
  isSparse: boolean,
): TruthRecord {
  const inside: Table = { sas_port: 'backend', ib_port: 'interconnect' };
  return {
    location: slot === null || isSparse ? undefined : String(slot),
    logical_type: inside[type],
    connection_status: speed === null ? undefined : speed > 0 ? 'connected' : 'disconnected',
    health_status: HEALTH[status] ?? 'unknown',
    native_parent_id: id.split('.')[0],
    speed: speed || undefined,
  };
}

function networkFields(network: Interface, isSparse: boolean): TruthRecord {
  const { services, speed, mac, vlan, subtype, address, mask } = network;
  const shape =
    vlan === null ? { lacp_bond: 'if-group', failover_bond: 'if-group' }[subtype ?? ''] : 'vlan';
  const role = ROLES[services.join(',')];
  if (isSparse) return { logical_type: role, max_speed: speed || undefined };
  const [plain, length] = (address ?? '').split('/');
  const ip = plain?.includes(':')
    ? { ipv6: plain, ipv6_mask: mask ?? length }
    : { ipv4: address ?? undefined, ipv4_mask: address === null ? undefined : (mask ?? undefined) };
  return {
    logical_type: role ?? shape,
    max_speed: speed || undefined,
    mac_address: mac ?? undefined,
    ...ip,
  };
}
