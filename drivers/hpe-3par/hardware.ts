/** Command line tables -> records of hardware: nodes, ports, physical disks. */
import {
  compact,
  lookup,
  number,
  scaled,
  text,
  type Controller,
  type Disk,
  type Port,
} from 'delfin-agent/driver';
import { MIB, sum } from './records.ts';
import type { Row, TableShape } from './table.ts';

const NSP = /^\d+:\d+:\d+$/;
const ID = /^\d+$/;

/** The commands and the titles by which their tables are known. */
export const SHAPES = {
  nodes: { titles: ['node', 'name', 'state'], rowStart: ID },
  nodeCpus: { titles: ['node', 'cpu', 'manufacturer'], rowStart: ID },
  disks: { titles: ['id', 'cagepos', 'type', 'state'], rowStart: ID },
  diskInventory: { titles: ['id', 'cagepos', 'serial'], rowStart: ID, wordy: ['mfr', 'model'] },
  ports: { titles: ['n:s:p', 'mode', 'state'], rowStart: NSP, wordy: ['label'] },
  portInventory: { titles: ['n:s:p', 'brand', 'hwtype'], rowStart: NSP, wordy: ['model'] },
  portParameters: { titles: ['n:s:p', 'maxrate'], rowStart: NSP },
  portConnections: { titles: ['n:s:p', 'mode', 'rate'], rowStart: NSP, wordy: ['device'] },
  /** `showport -iscsi`, `-rcip`, `-fs` and `-fcoe` have these in common. */
  portNetwork: { titles: ['n:s:p', 'state'], rowStart: NSP },
} as const satisfies Record<string, TableShape>;

const NODE_STATES = {
  OK: 'normal',
  NORMAL: 'normal',
  DEGRADED: 'degraded',
  FAILED: 'fault',
  OFFLINE: 'offline',
  UNKNOWN: 'unknown',
} as const;

/** FC is "fast class": FC or SAS drives, as the array itself sorts them; NL are near-line drives. */
const DISK_TYPES = { FC: 'fc', SSD: 'ssd', NL: 'nl-sas' } as const;
const DISK_STATES = {
  NORMAL: 'normal',
  DEGRADED: 'degraded',
  FAILED: 'abnormal',
  NEW: 'abnormal',
  UNKNOWN: 'unknown',
} as const;

const PORT_TYPES = {
  FC: 'fc',
  ISCSI: 'iscsi',
  ETH: 'eth',
  CNA: 'cna',
  SAS: 'sas',
  COMBO: 'combo',
  FCOE: 'fcoe',
  RCIP: 'rcip',
  IP: 'eth',
  RCFC: 'other',
  NVME: 'other',
  UNKNOWN: 'other',
} as const;

/** What the port is used for. Free ports and those of remote copy have no counterpart. */
const PORT_ROLES: Readonly<Record<string, Port['logical_type']>> = {
  host: 'frontend',
  iscsi: 'frontend',
  disk: 'backend',
};

const PORT_STATES = {
  READY: 'connected',
  CONFIG_WAIT: 'disconnected',
  ALPA_WAIT: 'disconnected',
  LOGIN_WAIT: 'disconnected',
  LOSS_SYNC: 'disconnected',
  ERROR_STATE: 'disconnected',
  XXX: 'disconnected',
  NONPARTICIPATE: 'disconnected',
  COREDUMP: 'disconnected',
  OFFLINE: 'disconnected',
  FWDEAD: 'disconnected',
  IDLE_FOR_RESET: 'disconnected',
  DHCP_IN_PROGRESS: 'disconnected',
  PENDING_RESET: 'disconnected',
} as const;

/** States in which the port itself is at fault, not what is plugged into it. */
const FAULTY = new Set(['ERROR_STATE', 'XXX', 'COREDUMP', 'FWDEAD']);

export interface NodeDetails {
  readonly cpus: readonly Row[];
  /** Node id -> software version. */
  readonly versions: ReadonlyMap<string, string>;
}

export function toController({ cells }: Row, details: NodeDetails): Controller {
  const id = cells['node'] ?? '';
  const cpus = details.cpus.filter((row) => row.cells['node'] === id);
  return compact<Controller>({
    native_controller_id: id,
    name: text(cells['name']),
    status: lookup(NODE_STATES, text(cells['state'])?.toUpperCase()),
    soft_version: details.versions.get(id),
    memory_size: sum(
      Object.entries(cells)
        .filter(([title]) => /^mem\(mi?b\)/.test(title))
        .map(([, value]) => scaled(value, MIB)),
    ),
    ...processors(cpus),
  });
}

/** Old releases have one row per processor core, newer ones a column with their number. */
function processors(rows: readonly Row[]): Pick<Controller, 'cpu_info' | 'cpu_count'> {
  const counts = new Map<string, number>();
  for (const { cells } of rows) {
    const kind = text(cells['cpuspeed(mhz)']) ?? text(Object.values(cells).at(-1)) ?? '';
    counts.set(kind, (counts.get(kind) ?? 0) + (number(cells['cores']) ?? 1));
  }
  if (counts.size === 0) return {};
  return {
    cpu_info: Array.from(counts, ([kind, count]) => `${count} * ${kind} MHz`).join(','),
    cpu_count: Array.from(counts.values()).reduce((total, count) => total + count, 0),
  };
}

/** `showeeprom`: a block per node. */
export function versionsOf(eeprom: string): ReadonlyMap<string, string> {
  const versions = new Map<string, string>();
  let node: string | undefined;
  for (const line of eeprom.split('\n')) {
    const [, title, value] = /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (title === 'Node') node = value;
    if (title === 'OS version' && node && text(value)) versions.set(node, value ?? '');
  }
  return versions;
}

export function toDisk({ cells }: Row, inventory: ReadonlyMap<string, Row>): Disk {
  const id = cells['id'] ?? '';
  const more = inventory.get(id)?.cells ?? {};
  const type = text(cells['type'])?.toUpperCase();
  const position = text(cells['cagepos']);
  return compact<Disk>({
    native_disk_id: id,
    name: position,
    location: position,
    physical_type: lookup(DISK_TYPES, type),
    status: lookup(DISK_STATES, text(cells['state'])?.toUpperCase()),
    capacity: scaled(cells['total'] ?? cells['size_mb'], MIB),
    // The column is thousands of revolutions; for flash it is a mark of relative performance.
    speed: type === 'SSD' || type === 'SCM' ? undefined : positive(scaled(cells['rpm'], 1000)),
    serial_number: text(more['serial']),
    manufacturer: text(more['mfr']),
    model: text(more['model']),
    firmware: text(more['fw_rev']),
  });
}

export interface PortDetails {
  readonly inventory: ReadonlyMap<string, Row>;
  readonly parameters: ReadonlyMap<string, Row>;
  readonly connections: ReadonlyMap<string, Row>;
  readonly iscsi: ReadonlyMap<string, Row>;
  readonly rcip: ReadonlyMap<string, Row>;
  readonly fs: ReadonlyMap<string, Row>;
  readonly fcoe: ReadonlyMap<string, Row>;
}

export function toPort({ cells }: Row, details: PortDetails): Port {
  const id = cells['n:s:p'] ?? '';
  const state = text(cells['state'])?.toUpperCase();
  const hardware = text(details.inventory.get(id)?.cells['hwtype']) ?? text(cells['protocol']);
  const networks = [details.iscsi, details.rcip, details.fs]
    .map((network) => network.get(id)?.cells)
    .filter((candidate) => candidate !== undefined);
  const network = networks.find((candidate) => address(candidate['ipaddr']));
  const rates = [
    ...networks.map((candidate) => candidate['rate']),
    details.connections.get(id)?.cells['rate'],
    details.fcoe.get(id)?.cells['rate'],
  ];
  return compact<Port>({
    native_port_id: id,
    name: id,
    location: id,
    type: lookup(PORT_TYPES, hardware?.toUpperCase()),
    logical_type: PORT_ROLES[text(cells['type'])?.toLowerCase() ?? ''],
    connection_status: lookup(PORT_STATES, state),
    health_status: healthOf(state),
    native_parent_id: id.split(':')[0],
    speed: rates.map(bitsPerSecond).find((rate) => rate !== undefined),
    max_speed: bitsPerSecond(details.parameters.get(id)?.cells['maxrate']),
    ...hardwareAddress(cells['port_wwn/hw_addr']),
    ...networkAddress(
      address(network?.['ipaddr']),
      text(network?.['netmask/prefixlen']) ?? text(network?.['netmask']),
    ),
  });
}

function healthOf(state: string | undefined): Port['health_status'] {
  if (state === undefined) return undefined;
  return FAULTY.has(state) ? 'abnormal' : 'normal';
}

export function byId(rows: readonly Row[], title: string): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.cells[title] ?? '', row]));
}

/** A WWN has 64 bits, a MAC address 48. */
export function hardwareAddress(written: unknown): Pick<Port, 'wwn' | 'mac_address'> {
  const value = text(written);
  if (value === undefined || /^-+$/.test(value)) return {};
  return /^([0-9a-f]{2}[:-]?){6}$/i.test(value) ? { mac_address: value } : { wwn: value };
}

export function networkAddress(
  ip: string | undefined,
  mask: string | undefined,
): Pick<Port, 'ipv4' | 'ipv4_mask' | 'ipv6' | 'ipv6_mask'> {
  if (ip === undefined) return {};
  return ip.includes(':')
    ? compact({ ipv6: ip, ipv6_mask: mask })
    : compact({ ipv4: ip, ipv4_mask: mask });
}

/** Unset addresses are printed as "-", 0.0.0.0 or ::. */
export function address(written: unknown): string | undefined {
  const value = text(written);
  return value === undefined || /^(-+|0\.0\.0\.0|::)$/.test(value) ? undefined : value;
}

const MULTIPLES: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** "16Gbps"; "n/a", "auto" and "-" are no rate. */
export function bitsPerSecond(written: unknown): number | undefined {
  const [, value, multiple] = /^(\d+(?:\.\d+)?)\s*([KMGT])b/i.exec(text(written) ?? '') ?? [];
  if (!value || !multiple) return undefined;
  return positive(Math.round(Number(value) * (MULTIPLES[multiple.toUpperCase()] ?? 1)));
}

function positive(value: number | undefined): number | undefined {
  return value ? value : undefined;
}
