/** What tables of the command line say, in the names that the WSAPI has for the same things. */
import {
  bitsPerSecond,
  byId,
  InvalidResponse,
  ipAddress,
  linesOf,
  number,
  sum,
  text,
  type Foreign,
  type Table,
} from 'delfin-agent/driver';
import type { Interfaces } from './array.ts';
import type { Cage } from './cages.ts';
import { printed } from './records.ts';
import {
  CHECKED,
  JOINS,
  NAMES,
  SHAPES,
  type CollectionName,
  type Join,
  type Names,
} from './shapes.ts';
import { cellsOf, heard, pairsOf, readShaped } from './shell.ts';

type Rows = readonly Foreign[];
type Supplemented = Pick<Interfaces, 'extraRows'>;
type Reader = (table: Table, array: Interfaces) => Rows | Promise<Rows>;

export const READERS = {
  cpgs: cpgsOf,
  volumes: withNames(NAMES.volumes),
  hosts: allHostsOf,
  paths: allHostsOf,
  hostSets: setsOf,
  volumeSets: setsOf,
  vluns: withNames(NAMES.vluns),
  disks: disksOf,
  ports: (table: Table, array: Supplemented) => joined(table, JOINS.ports, array),
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
async function allHostsOf(table: Table, { shell }: Interfaces): Promise<Rows> {
  const hosts = hostsOf(table);
  if (table.closed) return hosts;
  const plain = await heard(async () => shell?.table('showhost', 'hostPaths'));
  const lost = namesOf(hostsOf(plain ?? { rows: [] })).difference(namesOf(hosts)).size;
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

/** Celsius by the place of a disk: cage, magazine and disk. */
const temperaturesOf = ({ id, temperatures }: Cage) =>
  Array.from(temperatures, ([place, celsius]) => [`${id}:${place}`, celsius] as const);

/** Rows with what their supplements tell of them. */
async function joined(table: Table, join: Join, { extraRows }: Supplemented): Promise<Foreign[]> {
  const rows = cellsOf(table);
  const [key = ''] = table.titles;
  const added: ((row: Foreign) => Foreign)[] = [];
  for (const { instead = {}, lists, only, ...supplement } of join.supplements) {
    if (only && !rows.some(({ type }) => only.test(type ?? ''))) continue;
    const listed = rows.filter(({ type }) => lists === 'any' || (lists && type === lists));
    const found = await extraRows(supplement, () => listed.length);
    if (!found) continue;
    const find = byId(found, key);
    added.push((row) => ({ ...renamed(row, instead), ...addedBy(find(row[key]), join.added) }));
  }
  // The first that tells something holds.
  const told = [...added, (row: Foreign) => renamed(row, join.names)].toReversed();
  return rows.map((row) => Object.assign({}, ...told.map((tell) => tell(row))));
}

/** A rate and an address that are not set hide none that another row tells; a mask is that of its address. */
function addedBy(row: Foreign | undefined, names: Names): Foreign {
  const { rate, IPAddr, netmask, ...others } = renamed(row, names);
  return {
    ...others,
    ...(bitsPerSecond(rate) && { rate }),
    ...(ipAddress(IPAddr) && { IPAddr, netmask }),
  };
}

/** Disks with their temperatures. */
async function disksOf(table: Table, array: Interfaces): Promise<Foreign[]> {
  const disks = await joined(table, JOINS.disks, array);
  const cages = await array.parts.added(array.cages);
  const celsius = new Map<unknown, number>(cages?.flatMap(temperaturesOf));
  return disks.map((disk) => ({ ...disk, celsius: celsius.get(disk['position']) }));
}

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
