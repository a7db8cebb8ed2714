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
  type Storage,
  type Way,
} from 'delfin-agent/driver';
import type { Wsapi } from './client.ts';
import { promisesOf } from './records.ts';
import type { Shell } from './shell.ts';
import * as tables from './tables.ts';

/** At least one of the interfaces is there. */
export function createArray(
  rest: Wsapi | undefined,
  shell: Shell | undefined,
  context: DriverContext,
) {
  const interfaces = createInterfaces(rest, shell, createParts(context));
  return { ...interfaces, ...createSources(interfaces, context), context };
}

export type ArrayData = ReturnType<typeof createArray>;
type Interfaces = ReturnType<typeof createInterfaces>;
type Load = () => Promise<readonly Foreign[]>;

function createInterfaces(rest: Wsapi | undefined, shell: Shell | undefined, parts: Parts) {
  /** None over an interface that is not configured. `lacks`: what the other one would have told. */
  const over =
    <I>(one: I | undefined, other: unknown) =>
    <T>(ask: (one: I) => Promise<T>, lacks?: string): Way<T> | undefined =>
      one && { ask: () => ask(one), lacks: other ? lacks : undefined };
  const [overRest, overShell] = [over(rest, shell), over(shell, rest)];
  /** The next way is taken when the array refuses one in its own words; a fault of it is told. */
  const firstOf = <T>(what: string, ways: readonly (Way<T> | undefined)[], told = parts) => {
    const given = ways.filter((way) => way !== undefined);
    return told.either(what, given, isVendorsWord);
  };
  /** The command line, which tells more; else the WSAPI: `lacks` says what is lost then. */
  const shellFirst = <T>(
    what: string,
    askShell: (shell: Shell) => Promise<T>,
    askRest: (rest: Wsapi) => Promise<T>,
    lacks?: string,
  ) => firstOf(what, [overShell(askShell), overRest(askRest, lacks)]);
  return { rest, shell, parts, overRest, overShell, firstOf, shellFirst };
}

function createSources(interfaces: Interfaces, context: DriverContext) {
  const { rest, shell, parts } = interfaces;
  const collection = (of: tables.Collection, members?: Load) =>
    parts.shared((told) => readCollection(interfaces, of, told, members));
  let known: Foreign | undefined;
  const system = parts.shared(async (told) => (known = await systemOf(interfaces, told)));
  const hosts = collection(tables.COLLECTIONS.hosts);
  const paths = collection(tables.COLLECTIONS.paths, hosts);
  const volumes = parts.shared(async (told) => {
    let isWhole = true;
    const tell: Parts['tell'] = (error, what) => {
      isWhole = false;
      told.tell(error, what);
    };
    const members = await readCollection(interfaces, tables.COLLECTIONS.volumes, { ...told, tell });
    return { members, isWhole };
  });
  return {
    system,
    hosts,
    /** Hosts with their initiators. */
    paths,
    /** Hosts of both interfaces: each leaves some out. */
    allHosts: () => parts.union([...(shell ? [paths] : []), ...(rest ? [hosts] : [])]),
    cpgs: collection(tables.COLLECTIONS.cpgs),
    volumes: async () => (await volumes()).members,
    /** Bytes that the volumes of a CPG promise, by its name; undefined if not all volumes are known. */
    async promises() {
      const found = await parts.added(volumes);
      return found?.isWhole ? promisesOf(found.members) : undefined;
    },
    hostSets: collection(tables.COLLECTIONS.hostSets),
    volumeSets: collection(tables.COLLECTIONS.volumeSets),
    vluns: collection(tables.COLLECTIONS.vluns),
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

/** `members`: the same collection of the WSAPI, asked for already. */
function readCollection(
  { firstOf, overRest, overShell }: Interfaces,
  { what, path, commands, shape, read, restFirst = false }: tables.Collection,
  told: Parts,
  members?: Load,
): Promise<readonly Foreign[]> {
  const inRest = overRest(members ?? ((over) => over.members(path, told)));
  const rows = commands.map(({ command, lacks }) =>
    overShell(async (over) => await read(await over.table(command, shape), over), lacks),
  );
  return firstOf(what, restFirst ? [inRest, ...rows] : [...rows, inRest], told);
}

function systemOf(interfaces: Interfaces, told: Parts): Promise<Foreign> {
  const { firstOf, overRest, overShell } = interfaces;
  const overWsapi = async (rest: Wsapi) => {
    const system = await rest.get('/system');
    if (text(system['name']) ?? text(system['serialNumber'])) return system;
    throw new InvalidResponse('GET /system: nothing about the array');
  };
  const ways = [overRest(overWsapi), overShell((over) => systemOverShell(over, told), 'its zone')];
  return firstOf('the system', ways, told);
}

async function systemOverShell(shell: Shell, told: Parts): Promise<Foreign> {
  const system = await shell.text('showsys -d', tables.systemOf);
  if (system['freeCapacityMiB'] === undefined || system['allocatedCapacityMiB'] === undefined) {
    told.tell(new InvalidResponse('"showsys -d": nothing about the capacity'));
  }
  const version = await told.added(() => shell.text('showversion -b', tables.versionOf));
  return { ...system, systemVersion: version };
}

const HEALTH_CHECK = `checkhealth ${tables.CHECKED.join(' ')}`;

export const healthOf = (shell: Shell): Promise<Storage['status']> =>
  shell.run<Storage['status']>(HEALTH_CHECK, { read: tables.healthOf });
