/** A trap target as an array takes it: what the operator gave, held against what the array can. */
import type { TrapConfig } from '../alerts.ts';
import type { Session } from '../driver.ts';
import { ConfigurationError } from '../errors.ts';
import { text } from '../read.ts';

/** What an array sends traps with; keys in lower case as operators write them, values in the vendor's words. */
export interface TrapAbilities<P extends string | number> {
  /** As a sentence begins: `PowerStore`. */
  readonly array: string;
  readonly auth: Readonly<Record<string, P>>;
  readonly priv: Readonly<Record<string, P>>;
}

interface Keyed<P> {
  readonly protocol: P;
  readonly key: string;
}

export type TrapAccount<P extends string | number> =
  | { readonly version: 'v2c'; readonly community: string }
  | {
      readonly version: 'v3';
      readonly user: string;
      readonly auth: Keyed<P> | undefined;
      readonly priv: Keyed<P> | undefined;
    };

/**
 * Community or user of an SNMP v2c or v3 target, in clear for the request.
 * @throws ConfigurationError for v1, without community or user, and for a protocol that the array lacks.
 */
export function trapAccount<P extends string | number>(
  { version, community, user }: TrapConfig,
  { array, auth, priv }: TrapAbilities<P>,
): TrapAccount<P> {
  if (version === 'v1') {
    throw new ConfigurationError(`${array} sends traps as SNMP v2c or v3, not v1`);
  }
  if (version === 'v2c') {
    if (!community) throw new ConfigurationError('SNMP v2c needs a community');
    return { version, community: community.reveal() };
  }
  if (!user) throw new ConfigurationError('SNMP v3 needs a user');
  const keyed = (given: typeof user.auth, known: Readonly<Record<string, P>>, what: string) => {
    if (!given) return undefined;
    const protocol = known[given.protocol.toLowerCase()];
    if (protocol !== undefined) return { protocol, key: given.key.reveal() };
    throw new ConfigurationError(
      `${array} knows no SNMP ${what} protocol ${given.protocol}; it knows ${Object.keys(known).join(', ')}`,
    );
  };
  return {
    version,
    user: user.name,
    auth: keyed(user.auth, auth, 'authentication'),
    priv: keyed(user.priv, priv, 'privacy'),
  };
}

/** `host:port`, with brackets around an IPv6 address. */
export function trapAddress({ host, port }: TrapConfig): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether an array's written address is this target; one without a port is at 162. */
export function isTrapAddress(written: unknown, config: TrapConfig): boolean {
  const address = text(written)?.toLowerCase();
  const names = [trapAddress(config), ...(config.port === 162 ? [config.host] : [])];
  return names.some((name) => name.toLowerCase() === address);
}

export interface TrapTargets<T> {
  /** The target as the array takes it, made before anything is asked. @throws ConfigurationError for one that it can't have. */
  readonly make: (config: TrapConfig) => T;
  /** Ids of the targets that are this one. */
  readonly find: (config: TrapConfig) => Promise<readonly string[]>;
  readonly add: (target: T) => Promise<unknown>;
  readonly remove: (id: string) => Promise<unknown>;
}

/** The commands of an array that keeps its trap targets one by one: one that is there is not added again. */
export function trapTargets<T>({ make, find, add, remove }: TrapTargets<T>) {
  return {
    async addTrapConfig(config) {
      const target = make(config);
      if ((await find(config)).length === 0) await add(target);
    },
    async removeTrapConfig(config) {
      for (const id of await find(config)) await remove(id);
    },
  } satisfies Partial<Session>;
}
