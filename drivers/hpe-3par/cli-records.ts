/** Tables of the command line, in the names that the WSAPI has for the same things. */
import {
  compact,
  fraction,
  InvalidResponse,
  number,
  scaled,
  sum,
  text,
  type Controller,
  type Disk,
  type Foreign,
  type Table,
  type TableRow,
  type TableShape,
} from 'delfin-agent/driver';
import { address, MIB, printed, type PortParts } from './records.ts';
import { pairOf } from './shell.ts';
import { coded, NODE_STATES } from './states.ts';

const ID = /^\d+$/;
const NSP = /^\d+:\d+:\d+$/;

/** The titles by which the tables are known; other columns may be missing and cost their field. */
export const SHAPES = {
  cpgs: { titles: ['id', 'name'], rowStart: ID, closing: true },
  volumes: { titles: ['id', 'name'], rowStart: ID, closing: true },
  hostPaths: { titles: ['id', 'name'], rowStart: /^(\d+|--+)$/ },
  sets: { titles: ['id', 'name', 'members'], rowStart: ID, closing: true, wordy: ['comment'] },
  vluns: { titles: ['lun', 'vvname'], rowStart: ID, closing: true, wordy: ['type'] },
  nodes: { titles: ['node', 'name'], rowStart: ID },
  nodeCpus: { titles: ['node', 'cpu'], rowStart: ID },
  disks: { titles: ['id', 'cagepos'], rowStart: ID, closing: true },
  diskWear: { titles: ['id', 'cagepos'], rowStart: ID },
  diskInventory: { titles: ['id', 'cagepos'], rowStart: ID, wordy: ['mfr', 'model'] },
  ports: { titles: ['n:s:p', 'mode'], rowStart: NSP, closing: true, wordy: ['label'] },
  /** `showport` with one of its options. */
  portDetails: { titles: ['n:s:p'], rowStart: NSP, wordy: ['label', 'device', 'model'] },
} as const satisfies Record<string, TableShape>;

/** Releases without one of the columns get the next command; what it lacks then. */
export const VOLUME_COMMANDS = [
  ['showvv -showcols Id,Name,Prov,Compr,Dedup,State,UsrCPG,VV_WWN,Usr_Used_MB,VSize_MB', undefined],
  [
    'showvv -showcols Id,Name,Prov,State,UsrCPG,VV_WWN,Usr_Used_MB,VSize_MB',
    'compression and deduplication of volumes',
  ],
  ['showvv', 'pool, wwn and use of volumes'],
] as const;

/** Title -> name in the WSAPI. */
const VOLUME = {
  id: 'id', name: 'name', prov: 'provisioningType', compr: 'compressionState',
  dedup: 'deduplicationState', detailed_state: 'state', state: 'state', usrcpg: 'userCPG',
  vv_wwn: 'wwn', usr_used: 'totalUsedMiB', vsize: 'sizeMiB',
} as const; // prettier-ignore
const VLUN = {
  lun: 'lun', vvname: 'volumeName', hostname: 'hostname', port: 'portPos',
} as const; // prettier-ignore
const DISK = {
  id: 'id', cagepos: 'position', type: 'type', rpm: 'RPM', state: 'state', total: 'totalSizeMiB',
  size: 'totalSizeMiB',
} as const; // prettier-ignore
const DISK_INVENTORY = {
  serial: 'serialNumber', mfr: 'manufacturer', model: 'model', fw_rev: 'fwVersion',
} as const; // prettier-ignore
const SYSTEM: Readonly<Record<string, string>> = {
  'system name': 'name', 'system model': 'model', 'serial number': 'serialNumber',
  'number of nodes': 'totalNodes', 'total capacity': 'totalCapacityMiB',
  'allocated capacity': 'allocatedCapacityMiB', 'free capacity': 'freeCapacityMiB',
  location: 'location', comment: 'comment',
}; // prettier-ignore

function renamed(cells: TableRow['cells'], names: Readonly<Record<string, string>>): Foreign {
  return Object.fromEntries(
    Object.entries(names).flatMap(([title, name]) =>
      cells[title] === undefined ? [] : [[name, cells[title]]],
    ),
  );
}

/** `showsys -d`: of a title that comes again (raw, usable) the first counts. */
export function systemOf(lines: readonly string[]) {
  const system: Record<string, unknown> = {};
  for (const line of lines) {
    const pair = pairOf(line);
    const name = pair && SYSTEM[pair.title];
    if (name) system[name] ??= text(pair.value);
  }
  return { said: system as Foreign, size: Object.keys(system).length };
}

/** `showversion -b` names the release before its components: "Release version 3.3.1.410 (MU2)". */
export function versionOf(lines: readonly string[]) {
  const found = lines.flatMap((line) => /release version\s+(\d+(?:\.\d+)+)/i.exec(line)?.[1] ?? []);
  return { said: found[0], size: found.length };
}

/**
 * `showcpg`: the columns of space stand below group titles, which differ by release:
 * "Usr / Snp / Adm" with Total and Used, or "Base Snp Shared Free Total".
 */
export function cpgsOf({ rows, titles }: Table): Foreign[] {
  const totals = titles.filter((title) => /^total(#\d+)?$/.test(title));
  const used = titles.filter((title) => /^used(#\d+)?$/.test(title));
  return rows.map(({ cells }) => ({
    id: cells['id'],
    name: cells['name'],
    totalSpaceMiB: sum(totals.map((title) => number(cells[title]))),
    usedSpaceMiB: sum(used.map((title) => number(cells[title]))),
    freeSpaceMiB: cells['free'],
  }));
}

export function volumesOf(rows: readonly TableRow[]): Foreign[] {
  return rows.map(({ cells }) => renamed(cells, VOLUME));
}

/** A path a row, its host repeated or, in older releases, left blank. */
export function hostsOf(rows: readonly TableRow[]): Foreign[] {
  const hosts = new Map<string, Foreign & { readonly FCPaths: Foreign[] }>();
  for (const { cells, more } of rows) {
    const { id, name } = cells;
    const paths = [[titled(cells, 'wwn/iscsi_name'), cells['port']], ...more].flatMap(
      ([wwn, port]) => (printed(wwn) === undefined ? [] : { wwn, portPos: port }),
    );
    const known = hosts.get(id ?? '');
    if (known) known.FCPaths.push(...paths);
    else hosts.set(id ?? '', { ...(name === undefined ? {} : { id, name }), FCPaths: paths });
  }
  return [...hosts.values()];
}

/** Names of hosts and of what they log in with. */
export function namesOf(hosts: readonly Foreign[]): ReadonlySet<string> {
  return new Set(
    hosts.flatMap((host) => [
      text(host['name']) ?? '',
      ...(host['FCPaths'] as readonly Foreign[]).map(({ wwn }) => String(wwn)),
    ]),
  );
}

/** The first member stands in the row of the set, the others below it. */
export function setsOf(rows: readonly TableRow[]): Foreign[] {
  return rows.map(({ cells, more }) => ({
    id: cells['id'],
    name: cells['name'],
    comment: cells['comment'],
    setmembers: [cells['members'], ...more.map((words) => words[0])].filter(Boolean),
  }));
}

export function vlunsOf(rows: readonly TableRow[]): Foreign[] {
  return rows.map(({ cells }) => ({
    ...renamed(cells, VLUN),
    remoteName: titled(cells, 'host_wwn'),
  }));
}

/** Newer releases name more kinds of initiators in the same title. */
function titled(cells: TableRow['cells'], start: string): string | undefined {
  return Object.entries(cells).find(([title]) => title.startsWith(start))?.[1];
}

export function diskOf({ cells }: TableRow, inventory: TableRow | undefined): Foreign {
  return { ...renamed(cells, DISK), ...renamed(inventory?.cells ?? {}, DISK_INVENTORY) };
}

/** `showpd -e`: titles differ in how they write units. */
export function wearOf(
  row: TableRow | undefined,
): Pick<Disk, 'endurance_remaining' | 'media_errors'> {
  const cells = row?.cells ?? {};
  return compact<Pick<Disk, 'endurance_remaining' | 'media_errors'>>({
    endurance_remaining: fraction(titled(cells, 'lifeleft')),
    media_errors: sum([number(cells['rd_uerr']), number(cells['wr_uerr'])]),
  });
}

export interface NodeDetails {
  readonly cpus: readonly TableRow[];
  /** Node id -> software version. */
  readonly versions: ReadonlyMap<string, string>;
}

/** Newer releases say no more of the state than whether the node is in the cluster. */
export function toController({ cells }: TableRow, details: NodeDetails): Controller {
  const id = cells['node'] ?? '';
  const memory = Object.keys(cells).filter((title) => /^mem(#\d+)?$/.test(title));
  const inCluster = cells['incluster']?.toLowerCase();
  return compact<Controller>({
    native_controller_id: id,
    name: text(cells['name']),
    status: coded(NODE_STATES, cells['state'] ?? (inCluster && CLUSTER[inCluster])),
    soft_version: details.versions.get(id),
    memory_size: sum(memory.map((title) => scaled(cells[title], MIB))),
    ...processors(details.cpus.filter((row) => row.cells['node'] === id)),
  });
}

const CLUSTER: Readonly<Record<string, string>> = { yes: 'normal', no: 'offline' };

/** Old releases have one row per processor core, newer ones a column with their number. */
function processors(rows: readonly TableRow[]): Pick<Controller, 'cpu_info' | 'cpu_count'> {
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
export function versionsOf(lines: readonly string[]) {
  const versions = new Map<string, string>();
  let node: string | undefined;
  for (const line of lines) {
    const { title, value = '' } = pairOf(line) ?? {};
    if (title === 'node') node = value;
    if (title === 'os version' && node && printed(value)) versions.set(node, value);
  }
  return { said: versions as ReadonlyMap<string, string>, size: versions.size };
}

/** Rows of `showport` with each option, by N:S:P; undefined where they could not be read. */
export type PortDetails = Readonly<
  Record<
    'inventory' | 'parameters' | 'connections' | 'iscsi' | 'rcip' | 'fs' | 'fcoe',
    ReadonlyMap<string, TableRow> | undefined
  >
>;

export function portOf({ cells }: TableRow, details: PortDetails): PortParts {
  const id = cells['n:s:p'] ?? '';
  const of = (kind: keyof PortDetails) => details[kind]?.get(id)?.cells;
  const networks = [of('iscsi'), of('rcip'), of('fs')].filter((found) => found !== undefined);
  const network = networks.find((found) => address(found['ipaddr']));
  const rates = [...networks, of('connections'), of('fcoe')].map((found) => found?.['rate']);
  return {
    id,
    state: cells['state'],
    // Without the inventory the protocol would name another type.
    type: of('inventory')?.['hwtype'] ?? (details.inventory && cells['protocol']),
    use: cells['type'],
    hardwareAddress: cells['port_wwn/hw_addr'],
    ip: network?.['ipaddr'] ?? address(cells['node_wwn/ip']),
    mask: network?.['netmask/prefixlen'] ?? network?.['netmask'],
    rate: rates.find((rate) => /^\d/.test(rate ?? '')),
    maxRate: of('parameters')?.['maxrate'],
  };
}

export function byTitle(rows: readonly TableRow[], title: string): ReadonlyMap<string, TableRow> {
  return new Map(rows.map((row) => [row.cells[title] ?? '', row]));
}

/** Rows about the past or about what is outside say nothing of the array's own parts. */
const ASIDE: ReadonlySet<string> = new Set(['task', 'alert']);
const WRONG =
  /degraded|failed|failing|faulted|offline|not online|not (ready|responding|available|integrated|present|active|started)|missing|unavailable|inaccessible|inconsistent|down\b|lost\b/i;

/**
 * `checkhealth`: normal in the array's own words only; abnormal by a row about one of its parts;
 * otherwise unknown. @throws InvalidResponse where it says neither.
 */
export function healthOf(
  lines: readonly string[],
  rows: readonly TableRow[] | undefined,
  closed: boolean,
): 'normal' | 'abnormal' | 'unknown' {
  if (lines.some((line) => /^\s*system is healthy\b/i.test(line))) return 'normal';
  const parts = (rows ?? []).filter(
    ({ cells }) => !ASIDE.has(cells['component']?.toLowerCase() ?? ''),
  );
  const said = parts.map(({ cells }) => Object.values(cells).slice(1).join(' '));
  if (said.some((description) => WRONG.test(description))) return 'abnormal';
  if (!rows || !closed) throw new InvalidResponse('"checkhealth": no verdict');
  const healthy = lines.find((line) => /the following components are healthy/i.test(line)) ?? '';
  const named = new Set(
    healthy
      .split(':')[1]
      ?.toLowerCase()
      .split(/[\s,]+/) ?? [],
  );
  const others = CHECKED.filter((component) => !ASIDE.has(component));
  return said.length === 0 && others.every((component) => named.has(component))
    ? 'normal'
    : 'unknown';
}

export const CHECKED = [
  'vv', 'vlun', 'task', 'snmp', 'port', 'pd', 'node', 'network', 'ld', 'dar', 'cage', 'cabling',
] as const; // prettier-ignore
