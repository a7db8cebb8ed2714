/** The parts of the hardware, known by their names: `CT0`, `CH0.BAY3`, `CT0.FC1`. */
import { isIP } from 'node:net';
import {
  byId,
  ComponentSchema,
  ControllerSchema,
  DiskSchema,
  identifier,
  idsOf,
  lookup,
  number,
  pick,
  PortSchema,
  positive,
  recordsOf,
  text,
  within,
  type Component,
  type Disk,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import { label } from './records.ts';
import {
  COMPONENT_STATES,
  COMPONENT_TYPES,
  CONTROLLER_STATES,
  DISK_ROLES,
  DISK_STATES,
  DISK_TECHNOLOGIES,
  PORT_HEALTH,
  PORT_TYPES,
  SERVICES,
  SHAPES,
} from './words-table.ts';

/** Of bays and ports: no part is there. */
const isThere = ({ status }: Foreign) => status !== 'not_installed' && status !== 'empty';
const isBay = ({ type }: Foreign) => String(type).endsWith('_bay');
const isPort = ({ type }: Foreign) => String(type).endsWith('_port');

/** Controllers with their management addresses. */
export const toControllers = recordsOf(ControllerSchema, {
  native_controller_id: 'name',
  name: 'name',
  status: ({ mode, status }) =>
    mode === 'offline' || mode === 'not present' ? 'offline' : lookup(CONTROLLER_STATES, status),
  soft_version: 'version',
  mgmt_ip: 'address',
});

const toDrives = recordsOf(DiskSchema, {
  native_disk_id: 'name',
  name: 'name',
  physical_type: ({ type, protocol }) =>
    type === 'virtual' ? 'vmdisk' : lookup(DISK_TECHNOLOGIES, protocol),
  logical_type: ['type', DISK_ROLES],
  status: ['status', DISK_STATES],
  location: 'name',
  serial_number: 'bay.serial',
  capacity: 'capacity',
});

/** Drives with the serial numbers of their bays; before REST 2.4 (undefined) the bays are all there is. */
export function toDisks(
  drives: readonly Foreign[] | undefined,
  hardware: readonly Foreign[] | undefined,
): Disk[] {
  const bays = (hardware ?? []).filter(isBay);
  const bay = byId(bays, 'name');
  return toDrives((drives ?? bays).filter(isThere), ({ name }) => ({ bay: bay(name) }));
}

/** What has no list of its own. */
export function toComponents(hardware: readonly Foreign[]): Component[] {
  const parts = hardware.filter((part) => !isBay(part) && !isPort(part));
  const toParts = recordsOf(ComponentSchema, {
    native_component_id: 'name',
    name: 'name',
    type: ['type', COMPONENT_TYPES],
    status: ['status', COMPONENT_STATES],
    native_parent_id: within(idsOf(parts, 'name'), 'parent'),
    model: ({ model }) => label(model),
    serial_number: 'serial',
    temperature: 'temperature',
    voltage: ({ voltage }) => number(voltage),
  });
  return toParts(
    parts.filter(({ type }) => type !== 'controller'),
    ({ name }) => ({ parent: String(name).slice(0, Math.max(0, String(name).lastIndexOf('.'))) }),
  );
}

/** The hardware says `CT0.ETH4` of what the network calls `ct0.eth4`. */
export function portId(name: unknown): string | undefined {
  return identifier(name)?.toUpperCase();
}

/** A port of a controller, whose name begins with that. */
const PHYSICAL = /^(CT\d+)\./;

/** `targets`: names by which hosts reach a port. Undefined: they could not be read. */
export function toPorts(
  sources: readonly PortSource[],
  targets: readonly Foreign[] | undefined,
): Port[] {
  const ports = new Map<string, PortSource>();
  for (const source of sources) {
    const id = portId((source.hardware ?? source.network)?.['name']);
    if (id !== undefined) ports.set(id, { ...ports.get(id), ...source });
  }
  const target = byId(targets?.map((one) => ({ ...one, id: portId(one['name']) })));
  return toPortRecords(
    Array.from(ports, ([id, source]) => ({ id, ...source })),
    ({ id, network }) => ({ target: target(id), ip: addressOf(network) }),
  );
}

/** Health, link and speed of a port are the hardware's; what it is for, the network's. */
interface PortSource {
  readonly hardware?: Foreign;
  readonly network?: Foreign;
}

export const hardwarePorts = (hardware: readonly Foreign[]): PortSource[] =>
  hardware.filter((part) => isPort(part) && isThere(part)).map((part) => ({ hardware: part }));

const toPortRecords = recordsOf(PortSchema, {
  native_port_id: 'id',
  // One name whichever of the two could be read.
  name: ({ id, network }) =>
    PHYSICAL.test(String(id)) ? String(id) : label(pick(network, 'name')),
  location: 'hardware.slot',
  type: ['hardware.type|network.interface_type', PORT_TYPES],
  logical_type: roleOf,
  connection_status: linkOf,
  health_status: ['hardware.status', PORT_HEALTH],
  native_parent_id: ({ id, hardware }) => (hardware ? PHYSICAL.exec(String(id))?.[1] : undefined),
  speed: (port) => positive(pick(port, 'hardware.speed')),
  max_speed: (port) => positive(pick(port, 'network.speed')),
  wwn: 'network.fc.wwn|target.wwn',
  mac_address: 'network.eth.mac_address',
  ipv4: 'ip.ipv4',
  ipv4_mask: 'ip.ipv4_mask',
  ipv6: 'ip.ipv6',
  ipv6_mask: 'ip.ipv6_mask',
});

function linkOf(port: Foreign): Port['connection_status'] {
  const speed = number(pick(port, 'hardware.speed'));
  if (speed === undefined) return undefined;
  return speed > 0 ? 'connected' : 'disconnected';
}

function roleOf(port: Foreign): Port['logical_type'] {
  const services = [pick(port, 'network.services')].flat().map((one) => lookup(SERVICES, one));
  const role = Object.values(SERVICES).find((known) => services.includes(known)) ?? services[0];
  if (role !== undefined) return role;
  if (number(pick(port, 'network.eth.vlan')) !== undefined) return 'vlan';
  const type = pick(port, 'hardware.type') ?? pick(port, 'network.interface_type');
  return SHAPES[String(pick(port, 'network.eth.subtype'))] ?? SHAPES[String(type)];
}

/** IPv6 interfaces may be written with their prefix length. */
function addressOf(network: unknown): Partial<Port> {
  const [address = '', length] = (text(pick(network, 'eth.address')) ?? '').split('/', 2);
  const mask = text(pick(network, 'eth.netmask')) ?? length;
  const family = isIP(address);
  if (family === 0) return {};
  const ip = family === 6 ? 'ipv6' : 'ipv4';
  return { [ip]: address, ...(mask === undefined ? {} : { [`${ip}_mask`]: mask }) };
}

/** Management addresses, each with its controller where it belongs to one. */
export function managementOf(interfaces: readonly Foreign[]) {
  return interfaces.flatMap((item) => {
    const { ipv4, ipv6 } = addressOf(item);
    const address = ipv4 ?? ipv6;
    const manages = [item['services']].flat().includes('management');
    if (!manages || item['enabled'] === false || address === undefined) return [];
    return [{ address, controller: PHYSICAL.exec(portId(item['name']) ?? '')?.[1] }];
  });
}
