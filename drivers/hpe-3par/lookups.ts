/** What several lists need: ids by name, the zone of the clock, the health of the whole array. */
import {
  AuthenticationFailed,
  BackendError,
  DriverError,
  identifier,
  InvalidResponse,
  NotSupported,
  text,
  zoneOffset,
  type DriverContext,
  type Foreign,
  type Storage,
} from 'delfin-agent/driver';
import type { CliClient } from './cli.ts';
import { cpgsOf, SHAPES as CLI_SHAPES } from './cli-records.ts';
import type { RestClient } from './client.ts';
import { idsByName, SHAPES, type Ids } from './mapping.ts';
import type { Row } from './table.ts';

/** The interfaces of this backend; at least one of them is there. */
export interface Clients {
  readonly rest: RestClient | undefined;
  readonly cli: CliClient | undefined;
  readonly context: DriverContext;
}

const HEALTH_CHECK = 'checkhealth vv vlun task snmp port pd node network ld dar cage cabling';

type Way<T> = (() => Promise<T>) | undefined | false;

/** Codes of errors that pass: the same question is asked again later. */
const BUSY_CODES = new Set(['busy', '503', '429', '409']);

/**
 * The array answered, but not with what was asked for. Releases differ in how they refuse a command,
 * an option or a resource, so that any answer but the data counts; an array that is busy doesn't.
 */
export function isRefusal(error: unknown): boolean {
  if (error instanceof BackendError) return !BUSY_CODES.has(error.code);
  return error instanceof NotSupported || error instanceof InvalidResponse;
}

/**
 * The first way there is, and the next one if the array refuses it. If it refuses all, the first
 * failure that says more than "not supported" is the one to report.
 */
export async function either<T>(ways: readonly Way<T>[]): Promise<T> {
  let failure: unknown = new NotSupported('neither rest nor ssh can tell');
  for (const way of ways) {
    if (!way) continue;
    try {
      return await way();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (failure instanceof NotSupported) failure = error;
    }
  }
  throw failure;
}

export function poolIds({ rest, cli }: Clients): Promise<Ids> {
  return either([
    rest && (async () => idsOfMembers(await rest.members('/cpgs'))),
    cli && (async () => idsOfPools(cli)),
  ]);
}

async function idsOfPools(cli: CliClient): Promise<Ids> {
  const pools = cpgsOf(await cli.table('showcpg', CLI_SHAPES.cpgs));
  return new Map(pools.map((pool) => [pool.name ?? '', pool.native_storage_pool_id]));
}

/** Two columns of all volumes are a twentieth of what the WSAPI sends. */
export function volumeIds({ rest, cli }: Clients): Promise<Ids> {
  return either([
    cli && (async () => idsByName(await cli.rows('showvv -showcols Id,Name', SHAPES.names))),
    cli && (async () => idsByName(await cli.rows('showvv', SHAPES.names))),
    rest && (async () => idsOfMembers(await rest.members('/volumes'))),
  ]);
}

/** Hosts without a path have no line in `showhost -d`, hosts of another domain no entry in the WSAPI. */
export async function hostIds({ rest, cli }: Clients): Promise<Ids> {
  const ways: Way<Ids>[] = [
    cli && (async () => idsByName(await hostPaths(cli))),
    rest && (async () => idsOfMembers(await rest.members('/hosts'))),
  ];
  const found: Ids[] = [];
  let failure: unknown;
  for (const way of ways) {
    if (!way) continue;
    try {
      found.push(await way());
    } catch (error) {
      if (!isRefusal(error)) throw error;
      failure ??= error;
    }
  }
  if (found.length === 0) throw failure;
  return new Map(found.flatMap((ids) => [...ids]));
}

export function hostPaths(cli: CliClient): Promise<readonly Row[]> {
  return cli.rows('showhost -d', SHAPES.hostPaths);
}

function idsOfMembers(members: readonly Foreign[]): Ids {
  return new Map(
    members.flatMap((member) => {
      const id = identifier(member['id']);
      const name = identifier(member['name']);
      return id === undefined || name === undefined ? [] : [[name, id] as const];
    }),
  );
}

/** Undefined if the array doesn't say: the check needs the command line. */
export async function readHealth({ cli, context }: Clients): Promise<Storage['status']> {
  if (!cli) return undefined;
  try {
    const output = await cli.run(HEALTH_CHECK);
    if (/degraded|failed/i.test(output)) return 'abnormal';
    return output.trim() === '' ? undefined : 'normal';
  } catch (error) {
    if (!(error instanceof DriverError) || error instanceof AuthenticationFailed) throw error;
    context.log.warn({ err: error }, 'the health of the array is not known: checkhealth failed');
    return undefined;
  }
}

export interface ArrayZone {
  /** Remembers what `/system` says. */
  learn(system: Foreign): void;
  get(): Promise<string>;
}

/** The array states its zone; without it the configured one holds. */
export function createZone({ rest, context }: Clients): ArrayZone {
  let known: string | undefined;
  const learn = (system: Foreign) => {
    const zone = text(system['timeZone']);
    known = zone !== undefined && isZone(zone) ? zone : context.timezone;
  };
  return {
    learn,
    async get() {
      if (known === undefined && rest) {
        try {
          learn(await rest.get('/system'));
        } catch (error) {
          if (!(error instanceof BackendError) && !(error instanceof NotSupported)) throw error;
        }
      }
      return known ?? context.timezone;
    },
  };
}

function isZone(name: string): boolean {
  try {
    zoneOffset(0, name);
    return true;
  } catch {
    return false;
  }
}
