/** Ports: the hardware says what they are and how they do, the network what they are for. */
import {
  compact,
  identifier,
  isObject,
  lookup,
  number,
  text,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import { isIP } from 'node:net';
import { label, withName } from './records.ts';

const TYPES = { eth_port: 'eth', fc_port: 'fc', sas_port: 'sas', ib_port: 'ib', eth: 'eth', fc: 'fc' } as const; // prettier-ignore

/** By service; the first that is known decides. */
const SERVICES = {
  'scsi-fc': 'frontend',
  'nvme-fc': 'frontend',
  iscsi: 'frontend',
  'nvme-tcp': 'frontend',
  'nvme-roce': 'frontend',
  file: 'frontend',
  management: 'management',
  replication: 'intercluster',
  app: 'service',
} as const;
const BONDS = new Set(['bond', 'lacp_bond', 'failover_bond']);
const INSIDE: Readonly<Record<string, 'backend' | 'interconnect'>> = {
  sas_port: 'backend',
  ib_port: 'interconnect',
};

const HEALTH = {
  ok: 'normal',
  healthy: 'normal',
  degraded: 'abnormal',
  unhealthy: 'abnormal',
  critical: 'abnormal',
  unused: 'unknown',
  identifying: 'unknown',
  unknown: 'unknown',
} as const;

/** Hardware says `CT0.ETH4` of what the network calls `ct0.eth4`; names differ by more than case. */
export function portId(name: unknown): string | undefined {
  return identifier(name)?.toUpperCase();
}

/** What is known of one port; of a virtual one its interface alone. */
interface Sources {
  readonly hardware?: Foreign;
  readonly network?: Foreign;
}

export function hardwarePorts(hardware: readonly Foreign[]): Sources[] {
  return hardware
    .filter(({ type, status }) => String(type).endsWith('_port') && status !== 'not_installed')
    .map((port) => ({ hardware: port }));
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
    withName(targets ?? [], (target, name) => [name.toUpperCase(), text(target['wwn'])] as const),
  );
  return Array.from(ports, ([id, source]) => toPort(id, source, wwns.get(id)));
}

function toPort(id: string, { hardware, network }: Sources, wwn: string | undefined): Port {
  const eth = part(network, 'eth');
  const type = text(hardware?.['type']) ?? text(network?.['interface_type']);
  const speed = number(hardware?.['speed']);
  return compact<Port>({
    native_port_id: id,
    // One name whichever of the two could be read.
    name: PHYSICAL.test(id) ? id : label(network?.['name']),
    location: text(hardware?.['slot']),
    type: lookup(TYPES, type),
    logical_type: roleOf(network, eth, INSIDE[type ?? '']),
    connection_status: linkOf(speed),
    health_status: lookup(HEALTH, hardware?.['status']),
    native_parent_id: hardware && controllerOf(id),
    // What a port without link runs at is nothing.
    speed: speed || undefined,
    max_speed: number(network?.['speed']) || undefined,
    wwn: text(part(network, 'fc')['wwn']) ?? wwn,
    mac_address: text(eth['mac_address']),
    ...addressOf(text(eth['address']), text(eth['netmask'])),
  });
}

function part(item: Foreign | undefined, field: string): Foreign {
  const value = item?.[field];
  return isObject(value) ? value : {};
}

function linkOf(speed: number | undefined): Port['connection_status'] {
  if (speed === undefined) return undefined;
  return speed > 0 ? 'connected' : 'disconnected';
}

const PHYSICAL = /^(CT\d+)\./;

/** `CT0` of `CT0.ETH4`. */
function controllerOf(id: string): string | undefined {
  return PHYSICAL.exec(id)?.[1];
}

function roleOf(
  network: Foreign | undefined,
  eth: Foreign,
  inside: Port['logical_type'],
): Port['logical_type'] {
  const services = network?.['services'];
  const known = (Array.isArray(services) ? services : []).map((one) => lookup(SERVICES, one));
  const [first] = Object.values(SERVICES).filter((role) => known.includes(role));
  if (first ?? known[0]) return first ?? known[0];
  if (number(eth['vlan']) !== undefined) return 'vlan';
  return BONDS.has(String(eth['subtype'])) ? 'if-group' : inside;
}

function addressOf(address: string | undefined, mask: string | undefined) {
  if (address === undefined) return {};
  // IPv6 interfaces may be written with their prefix length.
  const [plain = '', length] = address.split('/', 2);
  return isIP(plain) === 6
    ? { ipv6: plain, ipv6_mask: mask ?? length }
    : { ipv4: plain, ipv4_mask: mask };
}

/** Management addresses: of the controllers by name, and all of them. */
export function managementOf(interfaces: readonly Foreign[]) {
  const byController = new Map<string, string>();
  const all: string[] = [];
  for (const item of interfaces) {
    const { services, enabled } = item;
    const address = text(part(item, 'eth')['address'])?.split('/', 1)[0];
    const manages = Array.isArray(services) && services.includes('management');
    if (!manages || enabled === false || address === undefined) continue;
    all.push(address);
    const controller = controllerOf(portId(item['name']) ?? '');
    if (controller !== undefined && !byController.has(controller))
      byController.set(controller, address);
  }
  return { byController, all };
}
