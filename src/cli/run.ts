/** `run`: the agent. Loads, starts workers, traps and HTTP, reloads, stops. */
import { loadConfig, formatProblem, type LoadedConfig } from '../config/load.ts';
import { createAgent, type Agent } from '../agent/agent.ts';
import { shardOf } from '../agent/shard.ts';
import { logOf, requireConfig, UsageError, type CommonOptions } from './context.ts';
import { createNotifier } from './notify.ts';

const STOP_MS = 9_000;

export interface RunOptions extends CommonOptions {
  readonly listen: string | undefined;
  readonly webConfig: string | undefined;
  readonly once: boolean;
  readonly shardIndex: number | undefined;
  readonly shardTotal: number | undefined;
}

export async function run(options: RunOptions): Promise<void> {
  const log = logOf(options);
  const loaded = prepare(await requireConfig(options), options);
  const agent = await createAgent(loaded, {
    log,
    logOptions: { level: options.logLevel, format: options.logFormat },
    ...(options.once ? { serve: false } : {}),
    reload: async () => {
      const { loaded: next, problems } = await loadConfig(options.configFile);
      return next
        ? { loaded: prepare(next, options) }
        : { message: problems.map(formatProblem).join('\n') };
    },
  });
  if (options.once) {
    await agent.firstRound;
    process.stdout.write(await agent.text());
    await agent.stop(STOP_MS);
    return;
  }
  await untilStopped(agent, log);
}

/** What the command line says wins; a shard keeps its own backends only. */
function prepare(loaded: LoadedConfig, options: RunOptions): LoadedConfig {
  const { shardIndex, shardTotal } = options;
  if ((shardIndex === undefined) !== (shardTotal === undefined)) {
    throw new UsageError('--shard.index and --shard.total go together');
  }
  if (shardIndex !== undefined && shardTotal !== undefined && shardIndex >= shardTotal) {
    throw new UsageError(`--shard.index ${shardIndex} is not below --shard.total ${shardTotal}`);
  }
  const mine = (name: unknown) =>
    shardIndex === undefined ||
    shardTotal === undefined ||
    shardOf(String(name), shardTotal) === shardIndex;
  return {
    ...loaded,
    config: {
      ...loaded.config,
      ...(options.listen ? { listen: options.listen } : {}),
      ...(options.webConfig ? { web_config: options.webConfig } : {}),
      backends: loaded.config.backends.filter(({ name }) => mine(name)),
    },
    plain: {
      ...loaded.plain,
      backends: loaded.plain.backends.filter((backend) => mine(backend['name'])),
    },
  };
}

async function untilStopped(agent: Agent, log: ReturnType<typeof logOf>): Promise<void> {
  const notify = createNotifier();
  log.info({ address: agent.address }, 'listening');
  notify.ready();
  process.on('SIGHUP', () => {
    void agent
      .reload()
      .then(({ ok, message }) => (ok ? log.info({}, message) : log.error({}, message)));
  });
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        // The second one means now.
        if (stopping) process.exit(1);
        stopping = true;
        log.info({ signal }, 'stopping');
        resolve();
      });
    }
    let stopping = false;
  });
  notify.stopping();
  await agent.stop(STOP_MS);
  // Whatever a driver left behind must not keep the process.
  process.exit(0);
}
