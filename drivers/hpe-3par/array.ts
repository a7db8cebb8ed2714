/** The interfaces of an array, and what several lists need: answers shared by a round, the zone of the clock. */
import {
  createParts,
  InvalidResponse,
  isVendorsWord,
  number,
  text,
  zoneOr,
  type DriverContext,
  type Foreign,
  type Parts,
  type Table,
  type Way,
} from 'delfin-agent/driver';
import { readCages } from './cages.ts';
import type { Wsapi } from './client.ts';
import { promisesOf } from './records.ts';
import { COLLECTIONS, type Collection, type CollectionName, type Supplement } from './shapes.ts';
import type { Shell } from './shell.ts';
import { READERS, systemOf, versionOf } from './tables.ts';

export type ArrayData = ReturnType<typeof createArray>;
type Lacked = Pick<Supplement, 'command' | 'lacks'>;
export type Interfaces = ReturnType<typeof createInterfaces>;

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
  const [hosts, volumes] = [collection('hosts'), collection('volumes')];
  /** Hosts with their initiators. */
  const paths = shell ? collection('paths') : hosts;
  return {
    ...interfaces,
    context,
    system,
    hosts,
    paths,
    /** Hosts of both interfaces: each leaves some out. */
    allHosts: () => parts.union([...(shell ? [paths] : []), ...(rest ? [hosts] : [])]),
    cpgs: collection('cpgs'),
    volumes,
    /** Bytes that the volumes of a CPG promise, by its name; undefined if not all volumes are known. */
    async promises() {
      const found = await parts.added(volumes);
      return found && rest?.isWhole(found) !== false ? promisesOf(found) : undefined;
    },
    hostSets: collection('hostSets'),
    volumeSets: collection('volumeSets'),
    vluns: collection('vluns'),
    disks: collection('disks'),
    ports: collection('ports'),
    /** Space of the whole array by use; undefined without the WSAPI, or where it lacks the resource. */
    capacity: async () => rest && (await parts.addedIfAny(() => rest.get('/capacity'))),
    /** Zone of the array's clock; undefined if the array could not be asked. */
    async zone() {
      if (!rest) return context.timezone;
      const asked = await about();
      return zoneOr(asked?.['timeZone'], asked && context.timezone);
    },
    /** How many nodes the array has, 0 where it does not say so. */
    nodes: async () => number((await about())?.['totalNodes']) ?? 0,
  };
}

function createInterfaces(rest: Wsapi | undefined, shell: Shell | undefined, parts: Parts) {
  /** Over an interface that is configured; `lacks`: what the other one, if it is, would have told. */
  const way = <I, T>(over: I | undefined, ask: (over: I) => Promise<T>, lacks?: string) =>
    over && { ask: () => ask(over), lacks: rest && shell && lacks };
  /** The next way is taken when the array refuses one in its own words; a fault of it is told. */
  const firstOf = <T>(what: string, ways: readonly (Way<T> | undefined)[], told = parts) =>
    told.either(what, ways, isVendorsWord);
  /** The command line, which tells more; else the WSAPI: `lacks` says what is lost then. */
  const shellFirst = <T>(
    what: string,
    askShell: (shell: Shell) => Promise<T>,
    askRest: (rest: Wsapi) => Promise<T>,
    lacks?: string,
  ) => firstOf(what, [way(shell, askShell), way(rest, askRest, lacks)]);
  /** What only adds to a list: `none` where the release lacks the command, undefined if it could not be read. */
  const extra = <T>({ command, lacks }: Lacked, none: T, ask: (shell: Shell) => Promise<T>) =>
    parts.added(() => firstOf(command, [way(shell, ask), { ask: async () => none, lacks }]));
  const kept = new Map<string, { readonly at: number; readonly rows: readonly Foreign[] }>();
  /** The same of rows; how many there must be is known by the rows that they add to. */
  const extraRows = async (
    { shape, keepMs = 0, ...supplement }: Supplement,
    expected: (table: Table) => number,
  ) => {
    const { command } = supplement;
    const last = kept.get(command);
    if (last && performance.now() - last.at < keepMs) return last.rows;
    const ask = (one: Shell) => one.rows(command, shape, expected);
    const rows = await extra(supplement, [], ask);
    // None is a refusal, which may have been a fault.
    if (rows?.length && keepMs > 0) kept.set(command, { at: performance.now(), rows });
    return rows ?? last?.rows;
  };
  /** Undefined where the array lacks the command. */
  const cages = parts.shared(async (told) => shell && (await told.ifAny(() => readCages(shell))));
  return { rest, shell, parts, way, firstOf, shellFirst, extra, extraRows, cages };
}

function readCollection(interfaces: Interfaces, name: CollectionName, told: Parts) {
  const { rest, shell, way, firstOf } = interfaces;
  const { what, path, lacks, commands, shape, restFirst }: Collection = COLLECTIONS[name];
  const inRest = way(rest, (over) => over.members(path, told.tell), lacks);
  const inShell = commands.map(({ command, lacks: lost }) => {
    const read = async (over: Shell) => READERS[name](await over.table(command, shape), interfaces);
    return way(shell, read, lost);
  });
  const ways = restFirst ? [inRest, ...inShell] : [...inShell, inRest];
  return firstOf<readonly Foreign[]>(what, ways, told);
}

function readSystem({ rest, shell, way, firstOf }: Interfaces, told: Parts): Promise<Foreign> {
  const overWsapi = async (over: Wsapi) => {
    const system = await over.get('/system');
    if (text(system['name']) ?? text(system['serialNumber'])) return system;
    throw new InvalidResponse('GET /system: nothing about the array');
  };
  const inCommands = async (over: Shell) => {
    const system = await over.text('showsys -d', systemOf);
    if (system['freeCapacityMiB'] === undefined || system['allocatedCapacityMiB'] === undefined) {
      told.tell(new InvalidResponse('"showsys -d": nothing about the capacity'));
    }
    const version = await told.added(() => over.text('showversion -b', versionOf));
    return { ...system, systemVersion: version };
  };
  return firstOf('the system', [way(rest, overWsapi), way(shell, inCommands, 'its zone')], told);
}
