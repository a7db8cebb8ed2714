/** The parts of the hardware, known by their names: `CT0`, `CH0.BAY3`, `CT0.FC1`. */
import { isIP } from 'node:net';
import {
  compact,
  identifier,
  lookup,
  number,
  signed,
  text,
  withId,
  type Component,
  type Controller,
  type Disk,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import { inside, label } from './records.ts';
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

/** `addresses` undefined: they could not be read. */
export function toController(
  controller: Foreign,
  name: string,
  addresses: ReadonlyMap<string, string> | undefined,
): Controller {
  const mode = text(controller['mode']);
  const isGone = mode === 'offline' || mode === 'not present';
  return compact<Controller>({
    native_controller_id: name,
    name,
    status: isGone ? 'offline' : lookup(CONTROLLER_STATES, controller['status']),
    soft_version: text(controller['version']),
    mgmt_ip: addresses?.get(name.toUpperCase()),
  });
}

/** Drives with the serial numbers of their bays; before REST 2.4 (undefined) the bays are all there is. */
export function toDisks(
  drives: readonly Foreign[] | undefined,
  hardware: readonly Foreign[] | undefined,
): Disk[] {
  const bays = (hardware ?? []).filter(isBay);
  const serials = new Map(withId(bays, (bay, name) => [name, text(bay['serial'])], 'name'));
  return withId(
    (drives ?? bays).filter(isThere),
    (drive, name) =>
      compact<Disk>({
        native_disk_id: name,
        name,
        physical_type:
          drive['type'] === 'virtual' ? 'vmdisk' : lookup(DISK_TECHNOLOGIES, drive['protocol']),
        logical_type: lookup(DISK_ROLES, drive['type']),
        status: lookup(DISK_STATES, drive['status']),
        location: name,
        serial_number: serials.get(name),
        capacity: number(drive['capacity']),
      }),
    'name',
  );
}

/** What has no list of its own. */
export function toComponents(hardware: readonly Foreign[]): Component[] {
  const parts = hardware.filter((part) => !isBay(part) && !isPort(part));
  const names = new Set(withId(parts, (_, name) => name, 'name'));
  const listed = parts.filter(({ type }) => type !== 'controller');
  return withId(
    listed,
    (part, name) => {
      const parent = name.slice(0, Math.max(0, name.lastIndexOf('.')));
      return compact<Component>({
        native_component_id: name,
        name,
        type: lookup(COMPONENT_TYPES, text(part['type'])) ?? 'other',
        status: lookup(COMPONENT_STATES, part['status']),
        native_parent_id: names.has(parent) ? parent : undefined,
        model: label(part['model']),
        serial_number: text(part['serial']),
        temperature: signed(part['temperature']),
        voltage: number(part['voltage']),
      });
    },
    'name',
  );
}

/** The hardware says `CT0.ETH4` of what the network calls `ct0.eth4`. */
export function portId(name: unknown): string | undefined {
  return identifier(name)?.toUpperCase();
}

/** A port of a controller, whose name begins with that. */
const PHYSICAL = /^(CT\d+)\./;

/** Health, link and speed of a port are the hardware's; what it is for, the network's. */
interface Sources {
  readonly hardware?: Foreign;
  readonly network?: Foreign;
}

export function hardwarePorts(hardware: readonly Foreign[]): Sources[] {
  return hardware
    .filter((part) => isPort(part) && isThere(part))
    .map((part) => ({ hardware: part }));
}

/** `targets`: names by which hosts reach a port. Undefined: they could not be read. */
export function toPorts(
  sources: readonly Sources[],
  targets: readonly Foreign[] | undefined,
): Port[] {
  const ports = new Map<string, Sources>();
  for (const source of sources) {
    const id = portId((source.hardware ?? source.network)?.['name']);
    if (id !== undefined) ports.set(id, { ...ports.get(id), ...source });
  }
  const wwns = new Map(
    withId(targets ?? [], ({ wwn }, name) => [name.toUpperCase(), text(wwn)], 'name'),
  );
  return Array.from(ports, ([id, source]) => toPort(id, source, wwns.get(id)));
}

function toPort(id: string, { hardware, network }: Sources, wwn: string | undefined): Port {
  const eth = inside(network, 'eth');
  const type = text(hardware?.['type']) ?? text(network?.['interface_type']);
  const speed = number(hardware?.['speed']);
  const link = speed ? 'connected' : 'disconnected';
  return compact<Port>({
    native_port_id: id,
    // One name whichever of the two could be read.
    name: PHYSICAL.test(id) ? id : label(network?.['name']),
    location: text(hardware?.['slot']),
    type: lookup(PORT_TYPES, type),
    logical_type: roleOf(network, eth) ?? SHAPES[type ?? ''],
    connection_status: speed === undefined ? undefined : link,
    health_status: lookup(PORT_HEALTH, hardware?.['status']),
    native_parent_id: hardware && PHYSICAL.exec(id)?.[1],
    speed: speed || undefined,
    max_speed: number(network?.['speed']) || undefined,
    wwn: text(inside(network, 'fc')['wwn']) ?? wwn,
    mac_address: text(eth['mac_address']),
    ...addressOf(eth),
  });
}

function roleOf(network: Foreign | undefined, eth: Foreign): Port['logical_type'] {
  const services = [network?.['services']].flat().map((service) => lookup(SERVICES, service));
  const role = Object.values(SERVICES).find((known) => services.includes(known)) ?? services[0];
  if (role !== undefined) return role;
  return number(eth['vlan']) === undefined ? SHAPES[String(eth['subtype'])] : 'vlan';
}

/** IPv6 interfaces may be written with their prefix length. */
function addressOf(eth: Foreign): Partial<Port> {
  const [address = '', length] = (text(eth['address']) ?? '').split('/', 2);
  const mask = text(eth['netmask']) ?? length;
  const family = isIP(address);
  if (family === 0) return {};
  const ip = family === 6 ? 'ipv6' : 'ipv4';
  return { [ip]: address, ...(mask === undefined ? {} : { [`${ip}_mask`]: mask }) };
}

/** Management addresses: of the controllers by name, and all of them. */
export function managementOf(interfaces: readonly Foreign[]) {
  const byController = new Map<string, string>();
  const all: string[] = [];
  for (const item of interfaces) {
    const { ipv4, ipv6 } = addressOf(inside(item, 'eth'));
    const address = ipv4 ?? ipv6;
    const manages = [item['services']].flat().includes('management');
    if (!manages || item['enabled'] === false || address === undefined) continue;
    all.push(address);
    const [, controller] = PHYSICAL.exec(portId(item['name']) ?? '') ?? [];
    if (controller !== undefined && !byController.has(controller))
      byController.set(controller, address);
  }
  return { byController, all };
}
