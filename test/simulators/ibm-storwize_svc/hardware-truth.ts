/** Controllers, ports and disks in the seed's terms. */
import type { Truth, TruthRecord } from '../../kit/simulator.ts';
import type { Drive, FcPort, IpPort, Mdisk, Model, SimNode } from './data.ts';
import { defined } from './truth.ts';

export function hardwareTruth(model: Model, licensed: boolean): Truth['lists'] {
  return {
    listControllers: model.nodes.map((node) => controllerTruth(model, node)),
    listPorts: [...model.fcPorts.map(fcTruth), ...model.ipPorts.map(ipTruth)],
    listDisks: [
      ...model.mdisks.map((mdisk) => mdiskTruth(model, mdisk)),
      ...(licensed
        ? model.drives.map((drive) => driveTruth(drive, model.generation === 'flashsystem-8.5'))
        : []),
    ],
  };
}

const CONTROLLER: Readonly<Record<string, string>> = {
  online: 'normal',
  spare: 'normal',
  service: 'fault',
};

function controllerTruth(model: Model, node: SimNode): TruthRecord {
  const hardware = !model.sparse;
  return defined({
    native_controller_id: node.id,
    name: node.name,
    status: CONTROLLER[node.status] ?? 'unknown',
    location: node.name,
    soft_version: model.system.level.split(' ')[0],
    cpu_info: hardware ? '6 core Intel(R) Xeon(R) CPU E5645 @ 2.40GHz' : undefined,
    cpu_count: hardware ? node.cpus : undefined,
    memory_size: hardware ? node.memoryGb * 2 ** 30 : undefined,
    mgmt_ip: node.serviceIp || undefined,
  });
}

/** A port without cable or module is not in use. */
const FC_HEALTH: Readonly<Record<string, string>> = {
  active: 'normal',
  inactive_configured: 'abnormal',
  inactive_unconfigured: 'unknown',
};

function fcTruth(port: FcPort): TruthRecord {
  const name = `${port.node.name}_${port.id}`;
  const active = port.status === 'active';
  return defined({
    native_port_id: port.id,
    name,
    location: name,
    type: port.type === 'fc' ? 'fc' : 'eth',
    connection_status: active ? 'connected' : 'disconnected',
    health_status: FC_HEALTH[port.status],
    native_parent_id: port.node.id,
    speed: active ? Number.parseInt(port.speed, 10) * 1e9 : undefined,
    wwn: port.wwpn,
  });
}

function ipTruth(port: IpPort): TruthRecord {
  const name = `${port.node.name}_${port.number}`;
  return defined({
    native_port_id: name,
    name,
    location: name,
    type: 'eth',
    connection_status: port.link === 'active' ? 'connected' : 'disconnected',
    health_status: port.state === 'configured' ? 'normal' : 'unknown',
    native_parent_id: port.node.id,
    speed: port.speed ? Number.parseInt(port.speed, 10) * 1e9 : undefined,
    mac_address: port.mac,
    ipv4: port.ipv4 || undefined,
    ipv4_mask: port.ipv4 ? '255.255.255.0' : undefined,
    ipv6: port.ipv6 || undefined,
    ipv6_mask: port.ipv6 ? '64' : undefined,
  });
}

const DISK: Readonly<Record<string, string>> = {
  online: 'normal',
  degraded: 'degraded',
  degraded_paths: 'degraded',
  degraded_ports: 'degraded',
  excluded: 'abnormal',
  offline: 'offline',
};
const FABRIC: Readonly<Record<string, string>> = { fc: 'fc', sas_direct: 'sas' };

function mdiskTruth(model: Model, mdisk: Mdisk): TruthRecord {
  return defined({
    native_disk_id: mdisk.id,
    name: mdisk.name,
    physical_type: model.sparse ? 'unknown' : FABRIC[mdisk.fabric],
    status: DISK[mdisk.status] ?? 'unknown',
    location: mdisk.controller ? `${mdisk.controller}_${mdisk.name}` : mdisk.name,
    native_disk_group_id: mdisk.pool?.id,
    capacity: mdisk.capacity,
  });
}

const TECHNOLOGY: Readonly<Record<string, string>> = {
  sas_ssd: 'ssd',
  tier0_flash: 'ssd',
  sas_hdd: 'sas',
  sas_nearline_hdd: 'nl-sas',
  tier_nearline: 'nl-sas',
};
const USE: Readonly<Record<string, string>> = {
  member: 'member',
  spare: 'hotspare',
  candidate: 'free',
  unused: 'unassigned',
  failed: 'broken',
};

function driveTruth(drive: Drive, isTold: boolean): TruthRecord {
  return defined({
    native_disk_id: `drive_${drive.id}`,
    name: `drive_${drive.id}`,
    physical_type: TECHNOLOGY[drive.technology] ?? 'unknown',
    logical_type: USE[drive.use],
    status: DISK[drive.status],
    location: `${drive.enclosure}_${drive.slot}`,
    native_disk_group_id: drive.mdisk || undefined,
    serial_number: drive.serial,
    manufacturer: drive.vendor,
    model: drive.product,
    firmware: drive.firmware,
    speed: drive.rpm ? Number(drive.rpm) : undefined,
    capacity: drive.capacity,
    endurance_remaining:
      isTold && drive.worn ? Math.max(0, 100 - Number(drive.worn)) / 100 : undefined,
  });
}
