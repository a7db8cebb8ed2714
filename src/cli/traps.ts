/** `traps add|remove BACKEND` and `traps listen`. */
import { parseAddress } from '../config/quantities.ts';
import type { TrapConfig } from '../driver/alerts.ts';
import { messageOf } from '../driver/message.ts';
import { logOf, requireConfig, UsageError, withBackend, type CommonOptions } from './context.ts';

export interface TrapTargetOptions extends CommonOptions {
  readonly target: string;
  readonly version: 'v1' | 'v2c' | 'v3';
}

/** Community or user come from the configuration's `traps:` block: what we accept is what we ask for. */
export async function configureTraps(
  verb: 'add' | 'remove',
  name: string,
  options: TrapTargetOptions,
): Promise<void> {
  const { host, port } = parseAddress(options.target);
  if (!host || !(port > 0 && port < 65_536)) {
    throw new UsageError(`--target ${options.target}: write host:port as the array reaches it`);
  }
  await withBackend(name, options, async ({ collector: { session }, config }) => {
    const method = verb === 'add' ? 'addTrapConfig' : 'removeTrapConfig';
    if (!(await session.offers(method))) {
      throw new UsageError(`${name}: its driver can't ${verb} trap targets; do it on the array`);
    }
    const { traps } = config.config;
    const community = traps?.communities?.[0];
    const user = traps?.users?.[0];
    if (options.version === 'v3' ? !user : !community) {
      const missing = options.version === 'v3' ? 'users' : 'communities';
      throw new UsageError(
        `traps.${missing} in the configuration is empty: the agent would refuse the traps`,
      );
    }
    const target: TrapConfig = {
      host,
      port,
      version: options.version,
      ...(options.version !== 'v3' && community ? { community } : {}),
      ...(options.version === 'v3' && user ? { user: toUser(user) } : {}),
    };
    await session.call(method, (open, signal) => open[method]?.(target, signal));
    process.stdout.write(
      `${name}: traps to ${options.target} ${verb === 'add' ? 'configured' : 'removed'}\n`,
    );
  });
}

type ConfiguredUser = NonNullable<TrapConfig['user']> extends infer User ? User : never;

function toUser(user: {
  readonly name: string;
  readonly auth?: {
    readonly protocol?: string;
    readonly key: NonNullable<TrapConfig['community']>;
  };
  readonly priv?: {
    readonly protocol?: string;
    readonly key: NonNullable<TrapConfig['community']>;
  };
}): ConfiguredUser {
  return {
    name: user.name,
    ...(user.auth ? { auth: { protocol: user.auth.protocol ?? 'sha', key: user.auth.key } } : {}),
    ...(user.priv ? { priv: { protocol: user.priv.protocol ?? 'aes', key: user.priv.key } } : {}),
  };
}

/** Prints traps as they arrive, whoever sends them, until interrupted. Nothing is routed or exported. */
export async function listenForTraps(options: CommonOptions): Promise<void> {
  const { config } = await requireConfig(options);
  if (!config.traps)
    throw new UsageError(
      'the configuration has no "traps:" block: where to listen, which communities and users',
    );
  const { startTraps } = await import('../traps/service.ts');
  const { formatTrap } = await import('../traps/format.ts');
  const service = await startTraps({
    config: { ...config.traps, unknown: 'log' },
    routes: [],
    log: logOf(options),
    onUnknown: (trap) => process.stdout.write(`${formatTrap(trap)}\n`),
  }).catch((error: unknown) => {
    throw new UsageError(messageOf(error));
  });
  for (const { address, port } of service.addresses)
    process.stderr.write(`listening on ${address}:${port}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await service.close();
}
