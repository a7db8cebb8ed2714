/** The interfaces of an array, and what several lists need: answers shared by a round, the zone of the clock. */
import {
  createParts,
  InvalidResponse,
  isVendorsWord,
  isZone,
  number,
  text,
  type DriverContext,
  type Foreign,
  type Parts,
  type Table,
  type Way,
} from 'delfin-agent/driver';
import type { Wsapi } from './client.ts';
import { promisesOf } from './records.ts';
import {
  COLLECTIONS,
  SHAPES,
  type Collection,
  type CollectionName,
  type Supplement,
} from './shapes.ts';
import type { Shell } from './shell.ts';
import { READERS, systemOf, versionOf } from './tables.ts';

export type ArrayData = ReturnType<typeof createArray>;
type Interfaces = ReturnType<typeof createInterfaces>;

/** At least one of the interfaces is there. */
export function createArray(
  rest: Wsapi | undefined,
  shell: Shell | undefined,
  context: DriverContext,
) {
  const interfaces = createInterfaces(rest, shell, createParts(context));
  const { parts } = interfaces;
  const collection = (name: CollectionName) =>
    parts.shared((told) => readCollection(interfaces, name, told));
  let known: Foreign | undefined;
  const system = parts.shared(async (told) => (known = await readSystem(interfaces, told)));
  const hosts = collection('hosts');
  const paths = parts.shared((told) => readCollection(interfaces, 'paths', told, hosts));
  const volumes = parts.shared(async (told) => {
    let isWhole = true;
    const tell: Parts['tell'] = (error, what) => {
      isWhole = false;
      told.tell(error, what);
    };
    const members = await readCollection(interfaces, 'volumes', { ...told, tell });
    return { members, isWhole };
  });
  return {
    ...interfaces,
    context,
    system,
    hosts,
    /** Hosts with their initiators. */
    paths,
    /** Hosts of both interfaces: each leaves some out. */
    allHosts: () => parts.union([...(shell ? [paths] : []), ...(rest ? [hosts] : [])]),
    cpgs: collection('cpgs'),
    volumes: async () => (await volumes()).members,
    /** Bytes that the volumes of a CPG promise, by its name; undefined if not all volumes are known. */
    async promises() {
      const found = await parts.added(volumes);
      return found?.isWhole ? promisesOf(found.members) : undefined;
    },
    hostSets: collection('hostSets'),
    volumeSets: collection('volumeSets'),
    vluns: collection('vluns'),
    /** Space of the whole array by use; undefined without the WSAPI, or where it lacks the resource. */
    capacity: async () => rest && (await parts.addedIfAny(() => rest.get('/capacity'))),
    /** Zone of the array's clock; undefined if the array could not be asked. */
    async zone() {
      if (!rest) return context.timezone;
      const asked = known ?? (await parts.added(system));
      const zone = text(asked?.['timeZone']);
      return zone !== undefined && isZone(zone) ? zone : asked && context.timezone;
    },
    /** How many nodes the array has, where it says so. */
    nodes: async () => number((known ?? (await parts.added(system)))?.['totalNodes']),
  };
}

function createInterfaces(rest: Wsapi | undefined, shell: Shell | undefined, parts: Parts) {
  /** None over an interface that is not configured. `lacks`: what the other one would have told. */
  const over =
    <I>(one: I | undefined, other: unknown) =>
    <T>(ask: (one: I) => Promise<T>, lacks?: string): Way<T> | undefined =>
      one && { ask: () => ask(one), lacks: other ? lacks : undefined };
  const [overRest, overShell] = [over(rest, shell), over(shell, rest)];
  /** The next way is taken when the array refuses one in its own words; a fault of it is told. */
  const firstOf = <T>(what: string, ways: readonly (Way<T> | undefined)[], told = parts) =>
    told.either(
      what,
      ways.filter((way) => way !== undefined),
      isVendorsWord,
    );
  /** The command line, which tells more; else the WSAPI: `lacks` says what is lost then. */
  const shellFirst = <T>(
    what: string,
    askShell: (shell: Shell) => Promise<T>,
    askRest: (rest: Wsapi) => Promise<T>,
    lacks?: string,
  ) => firstOf(what, [overShell(askShell), overRest(askRest, lacks)]);
  /** What only adds to a list: `none` where the release lacks the command, undefined if it could not be read. */
  const extra = <T>(
    command: string,
    none: T,
    ask: (shell: Shell) => Promise<T>,
    lacks: string | undefined,
  ) => parts.added(() => firstOf(command, [overShell(ask), { ask: async () => none, lacks }]));
  /** The same of rows; how many there must be is known by the rows that they add to. */
  const extraRows = (
    { command, shape, lacks }: Supplement,
    expected: (table: Table) => number,
  ): Promise<readonly Foreign[] | undefined> =>
    extra(command, [], (one) => one.rows(command, SHAPES[shape], expected), lacks);
  return { rest, shell, parts, overRest, overShell, firstOf, shellFirst, extra, extraRows };
}

/** `members`: the same collection of the WSAPI, asked for already. */
function readCollection(
  { firstOf, overRest, overShell }: Interfaces,
  name: CollectionName,
  told: Parts,
  members?: () => Promise<readonly Foreign[]>,
): Promise<readonly Foreign[]> {
  const { what, path, commands, shape, restFirst }: Collection = COLLECTIONS[name];
  const inRest = overRest(members ?? ((rest) => rest.members(path, told)));
  const rows = commands.map(({ command, lacks }) =>
    overShell(
      async (shell) => await READERS[name](await shell.table(command, SHAPES[shape]), shell),
      lacks,
    ),
  );
  return firstOf<readonly Foreign[]>(what, restFirst ? [inRest, ...rows] : [...rows, inRest], told);
}

function readSystem({ firstOf, overRest, overShell }: Interfaces, told: Parts): Promise<Foreign> {
  const overWsapi = async (rest: Wsapi) => {
    const system = await rest.get('/system');
    if (text(system['name']) ?? text(system['serialNumber'])) return system;
    throw new InvalidResponse('GET /system: nothing about the array');
  };
  const inCommands = async (shell: Shell) => {
    const system = await shell.text('showsys -d', systemOf);
    if (system['freeCapacityMiB'] === undefined || system['allocatedCapacityMiB'] === undefined) {
      told.tell(new InvalidResponse('"showsys -d": nothing about the capacity'));
    }
    const version = await told.added(() => shell.text('showversion -b', versionOf));
    return { ...system, systemVersion: version };
  };
  return firstOf('the system', [overRest(overWsapi), overShell(inCommands, 'its zone')], told);
}
