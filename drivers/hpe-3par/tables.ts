/** What tables of the command line say, in the names that the WSAPI has for the same things. */
import {
  InvalidResponse,
  ipAddress,
  isObject,
  linesOf,
  number,
  pick,
  sum,
  text,
  type Foreign,
  type Table,
} from 'delfin-agent/driver';
import { printed } from './records.ts';
import { CHECKED, NAMES, SHAPES, type CollectionName } from './shapes.ts';
import { cellsOf, heard, pairsOf, readShaped, type Shell } from './shell.ts';

type Reader = (table: Table, shell: Shell) => readonly Foreign[] | Promise<readonly Foreign[]>;
type Names = Readonly<Record<string, string>>;

export const READERS = {
  cpgs: cpgsOf,
  volumes: withNames(NAMES.volumes),
  hosts: allHostsOf,
  paths: allHostsOf,
  hostSets: setsOf,
  volumeSets: setsOf,
  vluns: withNames(NAMES.vluns),
} satisfies Record<CollectionName, Reader>;

function withNames(names: Names) {
  return (table: Table) => cellsOf(table).map((row) => renamed(row, names));
}

function renamed(row: Foreign | undefined, names: Names): Foreign {
  const cells = Object.entries(names).map(([title, name]) => [name, titled(row, title)] as const);
  return Object.fromEntries(cells.filter(([, value]) => value !== undefined));
}

function titled(row: Foreign = {}, title: string): unknown {
  if (!title.endsWith('*')) return row[title];
  const start = title.slice(0, -1);
  return Object.entries(row).find(([one]) => one.startsWith(start))?.[1];
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

/** A path a row, its host repeated or, in older releases, left blank. */
export function hostsOf({ rows }: Pick<Table, 'rows'>) {
  const hosts = new Map<string, Foreign & { readonly FCPaths: Foreign[] }>();
  for (const { cells, more } of rows) {
    const { id = '', name, port } = cells;
    const known = hosts.get(id) ?? { ...(name === undefined ? {} : { id, name }), FCPaths: [] };
    hosts.set(id, known);
    for (const [wwn, portPos] of [[titled(cells, 'wwn/iscsi_name*'), port], ...more]) {
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

/** A disk with its row of `showpd -i`. */
export function diskOf(row: Foreign, inventory: Foreign | undefined): Foreign {
  return { ...renamed(row, NAMES.disks), ...renamed(inventory, NAMES.diskInventory) };
}

/** A row of `showpd -e`. */
export const wearOf = (row: Foreign | undefined) => renamed(row, NAMES.diskWear);

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

/** A port; `of`: its row of a supplement, undefined where that could not be read. */
export function portOf(row: Foreign, of: (option: string) => Foreign | undefined): Foreign {
  const networks = [of('iscsi'), of('rcip'), of('fs')].filter(isObject);
  const network = networks.find((found) => ipAddress(found['ipaddr']));
  const rates = [...networks, of('c'), of('fcoe')].map((found) => pick(found, 'rate'));
  return {
    ...renamed(row, NAMES.ports),
    // Without the inventory the protocol would name another type.
    protocol: pick(of('i'), 'hwtype') ?? (of('i') && row['protocol']),
    IPAddr: network?.['ipaddr'] ?? row['node_wwn/ip'],
    iSCSIPortInfo: {
      netmask: network?.['netmask/prefixlen'] ?? network?.['netmask'],
      rate: rates.find((rate) => /^\d/.test(text(rate) ?? '')),
    },
    maxRate: pick(of('par'), 'maxrate'),
  };
}

/** `showsys -d`: of a title that comes again (raw, usable) the first counts. */
export function systemOf(lines: readonly string[]) {
  const said = renamed(Object.fromEntries(pairsOf(lines).toReversed()), NAMES.system);
  return { said, size: Object.keys(said).length };
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
  for (const [title, value] of pairsOf(lines)) {
    if (title === 'node') node = value;
    if (title === 'os version' && node && printed(value)) versions.set(node, value);
  }
  return { said: versions, size: versions.size };
}

/** Rows about the past or about what is outside say nothing of the array's own parts. */
const ASIDE: ReadonlySet<unknown> = new Set(['task', 'alert']);
const WRONG =
  /degraded|failed|failing|faulted|offline|not online|not (ready|responding|available|integrated|present|active|started)|missing|unavailable|inaccessible|inconsistent|down\b|lost\b/i;

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
  const said = (table ? cellsOf(table) : [])
    .filter(({ component }) => !ASIDE.has(component?.toLowerCase()))
    .map((row) => Object.values(row).slice(1).join(' '));
  if (said.some((description) => WRONG.test(description))) return 'abnormal';
  if (!table?.closed) throw new InvalidResponse(`${what}: no verdict`);
  const healthy = lines.find((line) => /the following components are healthy/i.test(line));
  const named = new Set(healthy?.toLowerCase().split(/[\s,:]+/));
  const all = said.length === 0 && CHECKED.every((one) => ASIDE.has(one) || named.has(one));
  return all ? 'normal' : 'unknown';
}
