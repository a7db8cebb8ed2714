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
import { readCages } from './cages.ts';
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
  const about = async () => known ?? (await parts.added(system));
  const hosts = collection('hosts');
  /** Hosts with their initiators. */
  const paths = shell ? collection('paths') : hosts;
  const volumes = parts.shared(async (told) => {
    const lost: unknown[] = [];
    const tell: Parts['tell'] = (error, what) => {
      lost.push(error);
      told.tell(error, what);
    };
    const members = await readCollection(interfaces, 'volumes', { ...told, tell });
    return { members, isWhole: lost.length === 0 };
  });
  return {
    ...interfaces,
    context,
    system,
    hosts,
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
    /** Undefined where the array lacks the command. */
    cages: parts.shared(async (told) => shell && (await told.ifAny(() => readCages(shell)))),
    /** Space of the whole array by use; undefined without the WSAPI, or where it lacks the resource. */
    capacity: async () => rest && (await parts.addedIfAny(() => rest.get('/capacity'))),
    /** Zone of the array's clock; undefined if the array could not be asked. */
    async zone() {
      if (!rest) return context.timezone;
      const asked = await about();
      const zone = text(asked?.['timeZone']);
      return zone !== undefined && isZone(zone) ? zone : asked && context.timezone;
    },
    /** How many nodes the array has, 0 where it does not say so. */
    nodes: async () => number((await about())?.['totalNodes']) ?? 0,
  };
}

function createInterfaces(rest: Wsapi | undefined, shell: Shell | undefined, parts: Parts) {
  /** The next way is taken when the array refuses one in its own words; a fault of it is told. */
  const firstOf = <T>(what: string, ways: readonly (Way<T> | undefined)[], told = parts) =>
    told.either(what, ways, isVendorsWord);
  /** Over an interface that is configured; `lacks`: what the other one, if it is, would have told. */
  const overRest = <T>(ask: (rest: Wsapi) => Promise<T>, lacks?: string): Way<T> | undefined =>
    rest && { ask: () => ask(rest), lacks: shell && lacks };
  const overShell = <T>(ask: (shell: Shell) => Promise<T>, lacks?: string): Way<T> | undefined =>
    shell && { ask: () => ask(shell), lacks: rest && lacks };
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
  const kept = new Map<string, { readonly at: number; readonly rows: readonly Foreign[] }>();
  /** The same of rows; how many there must be is known by the rows that they add to. */
  const extraRows = async (
    { command, shape, lacks, keepMs = 0 }: Supplement,
    expected: (table: Table) => number,
  ) => {
    const last = kept.get(command);
    if (last && performance.now() - last.at < keepMs) return last.rows;
    const ask = (one: Shell) => one.rows(command, SHAPES[shape], expected);
    const rows = await extra(command, [], ask, lacks);
    if (rows && keepMs > 0) kept.set(command, { at: performance.now(), rows });
    return rows ?? last?.rows;
  };
  return { rest, shell, parts, overRest, overShell, firstOf, shellFirst, extra, extraRows };
}

function readCollection(
  { firstOf, overRest, overShell }: Interfaces,
  name: CollectionName,
  told: Parts,
): Promise<readonly Foreign[]> {
  const { what, path, commands, shape, restFirst }: Collection = COLLECTIONS[name];
  const inRest = overRest((rest) => rest.members(path, told));
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
