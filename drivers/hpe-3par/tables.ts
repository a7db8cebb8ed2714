/** Tables of the command line, their rows in the names that the WSAPI has for the same things. */
import {
  InvalidResponse,
  isObject,
  linesOf,
  number,
  pick,
  sum,
  text,
  type Foreign,
  type Table,
  type TableShape,
} from 'delfin-agent/driver';
import { address, printed } from './records.ts';
import { cellsOf, heard, pairsOf, readShaped, type Shell } from './shell.ts';

const ID = /^\d+$/;
const NSP = /^\d+:\d+:\d+$/;
const NODES = /^\d+(,\d+)*$/;

/** The titles by which the tables are known; other columns may be missing and cost their field. */
export const SHAPES = {
  cpgs: { titles: ['id', 'name'], rowStart: ID, closing: true },
  volumes: { titles: ['id', 'name'], rowStart: ID, closing: true },
  hostPaths: { titles: ['id', 'name'], rowStart: /^(\d+|--+)$/ },
  sets: { titles: ['id', 'name', 'members'], rowStart: ID, closing: true, wordy: ['comment'] },
  vluns: { titles: ['lun', 'vvname'], rowStart: ID, closing: true, wordy: ['type'] },
  nodes: { titles: ['node', 'name'], rowStart: ID },
  nodeCpus: { titles: ['node', 'cpu'], rowStart: ID },
  supplies: { titles: ['node', 'ps'], rowStart: NODES },
  batteries: { titles: ['node', 'ps', 'bat'], rowStart: NODES },
  cages: { titles: ['id', 'name'], rowStart: ID },
  disks: { titles: ['id', 'cagepos'], rowStart: ID, closing: true },
  diskWear: { titles: ['id', 'cagepos'], rowStart: ID },
  diskInventory: { titles: ['id', 'cagepos'], rowStart: ID, wordy: ['mfr', 'model'] },
  ports: { titles: ['n:s:p', 'mode'], rowStart: NSP, closing: true, wordy: ['label'] },
  health: { titles: ['component'], rowStart: /^[A-Za-z]\S*$/ },
} as const satisfies Record<string, TableShape>;

const PORT = { titles: ['n:s:p'], rowStart: NSP, wordy: ['label', 'device', 'model'] } as const;
const CLOSED_PORT = { ...PORT, closing: true } as const;

/** A command whose rows add to those of another one. */
export interface Supplement {
  readonly command: string;
  readonly shape: TableShape;
  /** What is lost where a release lacks it; absent: there is nothing of the kind then. */
  readonly lacks?: string;
}

export const SUPPLEMENTS = {
  processors: { command: 'shownode -cpu', shape: SHAPES.nodeCpus, lacks: 'processors of nodes' },
  inventory: { command: 'showpd -i', shape: SHAPES.diskInventory, lacks: 'makers, models and serial numbers of disks' },
  wear: { command: 'showpd -e', shape: SHAPES.diskWear },
} as const satisfies Record<string, Supplement>; // prettier-ignore

/** `lists`: ports of this use are in the table, whether it has a closing line or not. */
export const PORT_OPTIONS: readonly (Supplement & { readonly lists?: string })[] = [
  { command: 'showport -i', shape: PORT, lacks: 'the hardware of ports', lists: 'any' },
  { command: 'showport -par', shape: PORT, lacks: 'the highest speed of ports', lists: 'any' },
  { command: 'showport -c', shape: CLOSED_PORT, lacks: 'the speed of FC ports' },
  { command: 'showport -iscsi', shape: PORT, lists: 'iscsi' },
  { command: 'showport -rcip', shape: CLOSED_PORT },
  { command: 'showport -fs', shape: PORT, lists: 'fs' },
  { command: 'showport -fcoe', shape: PORT },
];

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

function renamed(row: Foreign | undefined, names: Readonly<Record<string, string>>): Foreign {
  return Object.fromEntries(
    Object.entries(names).flatMap(([title, name]) =>
      row?.[title] === undefined ? [] : [[name, row[title]]],
    ),
  );
}

/** Newer releases name more kinds of initiators, or another unit, in the same title. */
function titled(row: Foreign | undefined, start: string): string | undefined {
  return text(Object.entries(row ?? {}).find(([title]) => title.startsWith(start))?.[1]);
}

/**
 * `showcpg`: the columns of space stand below group titles, which differ by release:
 * "Usr / Snp / Adm" with Total and Used, or "Base Snp Shared Free Total".
 */
function cpgsOf({ rows, titles }: Table): Foreign[] {
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

const volumesOf = (table: Table) => cellsOf(table).map((row) => renamed(row, VOLUME));

/** A path a row, its host repeated or, in older releases, left blank. */
export function hostsOf({ rows }: Pick<Table, 'rows'>) {
  const hosts = new Map<string, Foreign & { readonly FCPaths: Foreign[] }>();
  for (const { cells, more } of rows) {
    const { id = '', name, port } = cells;
    const known = hosts.get(id) ?? { ...(name === undefined ? {} : { id, name }), FCPaths: [] };
    hosts.set(id, known);
    for (const [wwn, portPos] of [[titled(cells, 'wwn/iscsi_name'), port], ...more]) {
      if (printed(wwn) !== undefined) known.FCPaths.push({ wwn, portPos });
    }
  }
  return [...hosts.values()];
}

/** Releases that do not close the table are asked again without the details: each path must be in both. */
async function allHostsOf(table: Table, shell: Shell): Promise<readonly Foreign[]> {
  const hosts = hostsOf(table);
  if (table.closed) return hosts;
  const plain = await heard(() => shell.table('showhost', SHAPES.hostPaths));
  const lost = namesOf(plain ? hostsOf(plain) : []).difference(namesOf(hosts)).size;
  if (lost === 0) return hosts;
  throw new InvalidResponse(
    `"showhost -d": ${lost} hosts and paths that "showhost" lists are missing`,
  );
}

/** Names of hosts and of what they log in with. */
function namesOf(hosts: ReturnType<typeof hostsOf>): Set<unknown> {
  return new Set(
    hosts.flatMap((host) => [text(host['name']), ...host.FCPaths.map(({ wwn }) => wwn)]),
  );
}

/** The first member stands in the row of the set, the others below it. */
function setsOf({ rows }: Table): Foreign[] {
  return rows.map(({ cells, more }) => ({
    ...cells,
    setmembers: [cells['members'], ...more.map((words) => words[0])].filter(Boolean),
  }));
}

function vlunsOf(table: Table): Foreign[] {
  return cellsOf(table).map((row) => ({
    ...renamed(row, VLUN),
    remoteName: titled(row, 'host_wwn'),
  }));
}

/** A collection that both interfaces have. */
export interface Collection {
  readonly what: string;
  readonly path: string;
  /** Releases without one of the columns get the next command; `lacks`: what the WSAPI alone tells then. */
  readonly commands: readonly { readonly command: string; readonly lacks?: string }[];
  readonly shape: TableShape;
  readonly read: (table: Table, shell: Shell) => readonly Foreign[] | Promise<readonly Foreign[]>;
  /** The WSAPI tells more. */
  readonly restFirst?: boolean;
}

export const COLLECTIONS = {
  cpgs: {
    what: 'CPGs',
    path: '/cpgs',
    commands: [{ command: 'showcpg', lacks: 'the status of CPGs' }],
    shape: SHAPES.cpgs,
    read: cpgsOf,
    restFirst: true,
  },
  volumes: {
    what: 'volumes',
    path: '/volumes',
    commands: [
      { command: 'showvv -showcols Id,Name,Prov,Compr,Dedup,State,UsrCPG,VV_WWN,Usr_Used_MB,VSize_MB', lacks: 'descriptions of volumes' },
      { command: 'showvv -showcols Id,Name,Prov,State,UsrCPG,VV_WWN,Usr_Used_MB,VSize_MB', lacks: 'compression and deduplication of volumes' },
      { command: 'showvv', lacks: 'pool, wwn and use of volumes' },
    ],
    shape: SHAPES.volumes,
    read: volumesOf,
    restFirst: true,
  },
  hosts: {
    what: 'hosts',
    path: '/hosts',
    commands: [{ command: 'showhost -d', lacks: 'descriptions of hosts' }],
    shape: SHAPES.hostPaths,
    read: allHostsOf,
    restFirst: true,
  },
  /** Hosts with their initiators. */
  paths: {
    what: 'initiators',
    path: '/hosts',
    commands: [{ command: 'showhost -d' }],
    shape: SHAPES.hostPaths,
    read: allHostsOf,
  },
  hostSets: {
    what: '/hostsets',
    path: '/hostsets',
    commands: [{ command: 'showhostset -d' }],
    shape: SHAPES.sets,
    read: setsOf,
  },
  volumeSets: {
    what: '/volumesets',
    path: '/volumesets',
    commands: [{ command: 'showvvset -d' }],
    shape: SHAPES.sets,
    read: setsOf,
  },
  vluns: {
    what: '/vluns',
    path: '/vluns',
    commands: [{ command: 'showvlun -t' }],
    shape: SHAPES.vluns,
    read: vlunsOf,
  },
} as const satisfies Record<string, Collection>; // prettier-ignore

/** A disk with its row of `showpd -i`. */
export function diskOf(row: Foreign, inventory: Foreign | undefined): Foreign {
  return { ...renamed(row, DISK), ...renamed(inventory, DISK_INVENTORY) };
}

/** A row of `showpd -e`. */
export const wearOf = (row: Foreign | undefined) => ({ ...row, lifeLeft: titled(row, 'lifeleft') });

/** Old releases have one row per processor core, newer ones a column with their number. */
export function processorsOf(rows: readonly Foreign[]): Foreign {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const kind = text(row['cpuspeed(mhz)']) ?? text(Object.values(row).at(-1)) ?? '';
    counts.set(kind, (counts.get(kind) ?? 0) + (number(row['cores']) ?? 1));
  }
  const speeds = Array.from(counts, ([kind, count]) => `${count} * ${kind} MHz`).join(',');
  return { speeds, processors: sum([...counts.values()]) };
}

/** A port with its row of each supplement; undefined where they could not be read. */
export function portOf(row: Foreign, details: Readonly<Record<string, unknown>>): Foreign {
  const of = (option: string) => details[`showport ${option}`];
  const networks = [of('-iscsi'), of('-rcip'), of('-fs')].filter(isObject);
  const network = networks.find((found) => address(found['ipaddr']));
  const rates = [...networks, of('-c'), of('-fcoe')].map((found) => pick(found, 'rate'));
  return {
    portPos: row['n:s:p'],
    linkState: row['state'],
    // Without the inventory the protocol would name another type.
    protocol: pick(of('-i'), 'hwtype') ?? (of('-i') && row['protocol']),
    type: row['type'],
    portWWN: row['port_wwn/hw_addr'],
    IPAddr: network?.['ipaddr'] ?? row['node_wwn/ip'],
    iSCSIPortInfo: {
      netmask: network?.['netmask/prefixlen'] ?? network?.['netmask'],
      rate: rates.find((rate) => /^\d/.test(text(rate) ?? '')),
    },
    maxRate: pick(of('-par'), 'maxrate'),
  };
}

/** `showsys -d`: of a title that comes again (raw, usable) the first counts. */
export function systemOf(lines: readonly string[]) {
  const system: Record<string, unknown> = {};
  for (const { title, value } of pairsOf(lines)) {
    const name = SYSTEM[title];
    if (name) system[name] ??= text(value);
  }
  return { said: system as Foreign, size: Object.keys(system).length };
}

/** `showversion -b` names the release before its components: "Release version 3.3.1.410 (MU2)". */
export function versionOf(lines: readonly string[]) {
  const found = lines.flatMap((line) => /release version\s+(\d+(?:\.\d+)+)/i.exec(line)?.[1] ?? []);
  return { said: found[0], size: found.length };
}

/** `showeeprom`: a block per node, its software version among other things. */
export function versionsOf(lines: readonly string[]) {
  const versions = new Map<unknown, string>();
  let node: string | undefined;
  for (const { title, value } of pairsOf(lines)) {
    if (title === 'node') node = value;
    if (title === 'os version' && node && printed(value)) versions.set(node, value);
  }
  return { said: versions, size: versions.size };
}

/** Rows about the past or about what is outside say nothing of the array's own parts. */
const ASIDE: ReadonlySet<unknown> = new Set(['task', 'alert']);
const WRONG =
  /degraded|failed|failing|faulted|offline|not online|not (ready|responding|available|integrated|present|active|started)|missing|unavailable|inaccessible|inconsistent|down\b|lost\b/i;

export const CHECKED = [
  'vv', 'vlun', 'task', 'snmp', 'port', 'pd', 'node', 'network', 'ld', 'dar', 'cage', 'cabling',
] as const; // prettier-ignore

/**
 * `checkhealth`: normal in the array's own words only; abnormal by a row about one of its parts;
 * otherwise unknown. @throws InvalidResponse where it says neither.
 */
export function healthOf(output: string): 'normal' | 'abnormal' | 'unknown' {
  const what = '"checkhealth"';
  const lines = linesOf(output, what);
  if (lines.some((line) => /^\s*system is healthy\b/i.test(line))) return 'normal';
  const isTable = lines.some((line) => /^\s*component\b/i.test(line));
  const table = isTable ? readShaped(output, SHAPES.health, what) : undefined;
  const said = (table?.rows ?? [])
    .filter(({ cells }) => !ASIDE.has(cells['component']?.toLowerCase()))
    .map(({ cells }) => Object.values(cells).slice(1).join(' '));
  if (said.some((description) => WRONG.test(description))) return 'abnormal';
  if (!table?.closed) throw new InvalidResponse(`${what}: no verdict`);
  const healthy = lines.find((line) => /the following components are healthy/i.test(line));
  const named = new Set(
    healthy
      ?.split(':')[1]
      ?.toLowerCase()
      .split(/[\s,]+/),
  );
  const others = CHECKED.filter((component) => !ASIDE.has(component));
  const all = said.length === 0 && others.every((component) => named.has(component));
  return all ? 'normal' : 'unknown';
}
