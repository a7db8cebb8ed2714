/** What several lists need: answers shared by a round, ids by name, the zone of the clock, the health. */
import {
  identifier,
  InvalidResponse,
  isPartial,
  isVendorsWord,
  linesOf,
  NotSupported,
  number,
  text,
  zoneOffset,
  type DriverContext,
  type Foreign,
  type Parts,
  type Storage,
  type TableShape,
  type Way,
} from 'delfin-agent/driver';
import * as cli from './cli-records.ts';
import type { Wsapi } from './client.ts';
import { promisesOf } from './records.ts';
import { readShaped, type Shell } from './shell.ts';

/** Ids by name. */
export type Ids = ReadonlyMap<string, string>;

/** The interfaces of this backend; at least one of them is there. */
export interface Interfaces {
  readonly rest: Wsapi | undefined;
  readonly shell: Shell | undefined;
  readonly context: DriverContext;
  readonly parts: Parts;
}

type Load<T> = () => Promise<T>;

/** Another interface is asked when the array refuses this one in its own words; a fault of it is told. */
export function firstOf<T>(parts: Parts, key: string, ways: readonly Way<T>[]): Promise<T> {
  return parts.either(key, ways, isVendorsWord);
}

/** One interface as a way to ask; none where it is not configured. `lacks`: what the other would have told. */
function waysOf({ rest, shell }: Interfaces) {
  const way = <I, T>(
    over: I | undefined,
    other: unknown,
    ask: (over: I) => Promise<T>,
    lacks: string | undefined,
  ): Way<T>[] =>
    over ? [{ ask: () => ask(over), ...(other && lacks !== undefined ? { lacks } : {}) }] : [];
  return {
    overRest: <T>(ask: (over: Wsapi) => Promise<T>, lacks?: string) => way(rest, shell, ask, lacks),
    overShell: <T>(ask: (over: Shell) => Promise<T>, lacks?: string) =>
      way(shell, rest, ask, lacks),
  };
}

/** The command line, which tells more; else the WSAPI: `lacks` says what is lost then. */
export function shellFirst<T>(
  interfaces: Interfaces,
  key: string,
  askShell: (shell: Shell) => Promise<T>,
  askRest: (rest: Wsapi) => Promise<T>,
  lacks?: string,
): Promise<T> {
  const { overRest, overShell } = waysOf(interfaces);
  return firstOf(interfaces.parts, key, [...overShell(askShell), ...overRest(askRest, lacks)]);
}

/** A collection of both interfaces. */
interface Collection {
  readonly path: string;
  readonly command: string;
  readonly shape: TableShape;
  readonly read: (rows: Parameters<typeof cli.setsOf>[0]) => Foreign[];
}

const HOST_SETS: Collection = { path: '/hostsets', command: 'showhostset -d', shape: cli.SHAPES.sets, read: cli.setsOf }; // prettier-ignore
const VOLUME_SETS: Collection = { ...HOST_SETS, path: '/volumesets', command: 'showvvset -d' };
const VLUNS: Collection = { path: '/vluns', command: 'showvlun -t', shape: cli.SHAPES.vluns, read: cli.vlunsOf }; // prettier-ignore

export interface ArrayData {
  system: Load<Foreign>;
  cpgs: Load<readonly Foreign[]>;
  volumes: Load<readonly Foreign[]>;
  /** Bytes that the volumes of each CPG promise, by its name; undefined if not all volumes are known. */
  promises: Load<((cpg: string) => number | undefined) | undefined>;
  hosts: Load<readonly Foreign[]>;
  /** Hosts with their initiators. */
  paths: Load<readonly Foreign[]>;
  hostSets: Load<readonly Foreign[]>;
  volumeSets: Load<readonly Foreign[]>;
  vluns: Load<readonly Foreign[]>;
  /** Ids of hosts by name, from either interface: each leaves some out. */
  hostIds: Load<Ids>;
  health: Load<Storage['status']>;
  /** Space of the whole array by use; undefined without the WSAPI, or where it lacks the resource. */
  capacity: Load<Foreign | undefined>;
  /** Zone of the array's clock; undefined if the array could not be asked. */
  zone: Load<string | undefined>;
  /** How many nodes the array has, where it says so. */
  nodes: Load<number | undefined>;
}

export function createArray(interfaces: Interfaces): ArrayData {
  const { rest, shell, context, parts } = interfaces;
  const { overRest, overShell } = waysOf(interfaces);
  const collection = ({ path, command, shape, read }: Collection) =>
    parts.shared((own) =>
      shellFirst<readonly Foreign[]>(
        { ...interfaces, parts: own },
        path,
        async (over) => read((await over.table(command, shape)).rows),
        (over) => over.members(path, own),
      ),
    );
  let known: Foreign | undefined;
  const system = parts.shared(async (own) => (known = await systemOf(interfaces, own)));
  const volumes = parts.shared((own) => volumesOf(interfaces, own));
  const hosts = parts.shared((own) =>
    firstOf(own, 'hosts', [
      ...overRest((over) => over.members('/hosts', own)),
      ...overShell(hostsOf, 'descriptions of hosts'),
    ]),
  );
  const hostPaths = parts.shared((own) =>
    firstOf(own, 'initiators', [...overShell(hostsOf), ...overRest(hosts)]),
  );
  const cpgs = parts.shared((own) =>
    firstOf(own, 'CPGs', [
      ...overRest((over) => over.members('/cpgs', own)),
      ...overShell(
        async (over) => cli.cpgsOf(await over.table('showcpg', cli.SHAPES.cpgs)),
        'the status of CPGs',
      ),
    ]),
  );
  return {
    system,
    hosts,
    paths: hostPaths,
    cpgs,
    volumes: async () => (await volumes()).members,
    async promises() {
      const found = await parts.added(volumes);
      const promises = found?.isWhole ? promisesOf(found.members) : undefined;
      return promises && ((cpg) => (promises.has(cpg) ? promises.get(cpg) : 0));
    },
    hostSets: collection(HOST_SETS),
    volumeSets: collection(VOLUME_SETS),
    vluns: collection(VLUNS),
    hostIds: async () =>
      idsByName(await parts.union([...(shell ? [hostPaths] : []), ...(rest ? [hosts] : [])])),
    health: () => healthOf(shell),
    capacity: async () => rest && (await parts.addedIfAny(() => rest.get('/capacity'))),
    async zone() {
      if (!rest) return context.timezone;
      const asked = known ?? (await parts.added(system));
      const zone = text(asked?.['timeZone']);
      return zone !== undefined && isZone(zone) ? zone : asked && context.timezone;
    },
    nodes: async () => number((known ?? (await parts.added(system)))?.['totalNodes']),
  };
}

/** Releases that do not close the table are asked again without the details: each path must be in both. */
async function hostsOf(shell: Shell): Promise<readonly Foreign[]> {
  const table = await shell.table('showhost -d', cli.SHAPES.hostPaths);
  const hosts = cli.hostsOf(table.rows);
  if (table.closed) return hosts;
  const plain = await plainHosts(shell);
  if (!plain) return hosts;
  const [told, found] = [cli.namesOf(plain), cli.namesOf(hosts)];
  const lost = [...told].filter((name) => !found.has(name)).length;
  if (lost === 0) return hosts;
  throw new InvalidResponse(
    `"showhost -d": ${lost} hosts and paths that "showhost" lists are missing`,
  );
}

/** A witness that can't be heard says nothing. */
async function plainHosts(shell: Shell): Promise<readonly Foreign[] | undefined> {
  try {
    return cli.hostsOf((await shell.table('showhost', cli.SHAPES.hostPaths)).rows);
  } catch (error) {
    if (isPartial(error)) return undefined;
    throw error;
  }
}

function systemOf(interfaces: Interfaces, own: Parts): Promise<Foreign> {
  const { overRest, overShell } = waysOf(interfaces);
  return firstOf<Foreign>(own, 'the system', [
    ...overRest(async (over) => described(await over.get('/system'))),
    ...overShell((over) => systemOverShell(over, own), 'its zone'),
  ]);
}

/** All volumes, and whether these are all. */
async function volumesOf(interfaces: Interfaces, own: Parts) {
  const { overRest, overShell } = waysOf(interfaces);
  let isWhole = true;
  const noting: Parts = {
    ...own,
    tell(error, what) {
      isWhole = false;
      own.tell(error, what);
    },
  };
  const members = await firstOf(own, 'volumes', [
    ...overRest((over) => over.members('/volumes', noting)),
    ...cli.VOLUME_COMMANDS.flatMap(([command, lacks]) =>
      overShell(
        async (over) => cli.volumesOf((await over.table(command, cli.SHAPES.volumes)).rows),
        lacks ?? 'descriptions of volumes',
      ),
    ),
  ]);
  return { members, isWhole };
}

function described(system: Foreign): Foreign {
  if (text(system['name']) ?? text(system['serialNumber'])) return system;
  throw new InvalidResponse('GET /system: nothing about the array');
}

async function systemOverShell(shell: Shell, parts: Parts): Promise<Foreign> {
  const system = await shell.text('showsys -d', cli.systemOf);
  if (system['freeCapacityMiB'] === undefined || system['allocatedCapacityMiB'] === undefined) {
    parts.tell(new InvalidResponse('"showsys -d": nothing about the capacity'));
  }
  const version = await parts.added(() => shell.text('showversion -b', cli.versionOf));
  return { ...system, systemVersion: version };
}

export function idsByName(members: readonly Foreign[]): Ids {
  return new Map(
    members.flatMap((member) => {
      const id = identifier(member['id']);
      const name = identifier(member['name']);
      return id === undefined || name === undefined ? [] : [[name, id] as const];
    }),
  );
}

const HEALTH_CHECK = `checkhealth ${cli.CHECKED.join(' ')}`;
const COMPONENTS: TableShape = { titles: ['component'], rowStart: /^[A-Za-z]\S*$/ };

/** @throws NotSupported without the command line. */
async function healthOf(shell: Shell | undefined): Promise<Storage['status']> {
  if (!shell) throw new NotSupported('the health of the array is known to the command line only');
  return await shell.run<Storage['status']>(HEALTH_CHECK, {
    read(output) {
      const lines = linesOf(output, HEALTH_CHECK);
      const isTable = lines.some((line) => /^\s*component\b/i.test(line));
      const table = isTable ? readShaped(output, COMPONENTS, '"checkhealth"') : undefined;
      return cli.healthOf(lines, table?.rows, table?.closed ?? false);
    },
  });
}

function isZone(name: string): boolean {
  try {
    zoneOffset(0, name);
    return true;
  } catch {
    return false;
  }
}
