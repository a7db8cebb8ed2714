/** `run`: the agent. Loads, starts workers, traps and HTTP, reloads, stops. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createAgent, type Agent } from '../agent/agent.ts';
import type { AgentConfig } from '../agent/changes.ts';
import { referencesIn } from '../agent/files.ts';
import { shardOf } from '../agent/shard.ts';
import { listenOf } from '../config/listen.ts';
import { findFiles, formatProblem, loadConfig, type LoadedConfig } from '../config/load.ts';
import type { RootLog } from '../log.ts';
import { logOf, UsageError, type CommonOptions } from './context.ts';
import { createNotifier } from './notify.ts';
import { checkServing, systemdSockets, type ServingOptions } from './serving.ts';
import { takeSignals, type Signals } from './signals.ts';

const STOP_MS = 9_000;
const LAST_MS = 500;

export interface RunOptions extends CommonOptions, ServingOptions {
  readonly once: boolean;
  /** A changed configuration file is taken over without a signal. */
  readonly autoReload: boolean;
  readonly shardIndex: number | undefined;
  readonly shardTotal: number | undefined;
}

export async function run(options: RunOptions): Promise<void> {
  const signals = takeSignals();
  const log = logOf(options);
  await checkServing(options);
  const sockets = options.systemdSocket ? systemdSockets() : [];
  const reader = createReader(options, sockets);
  const first = await reader.read();
  if ('message' in first) throw new UsageError(first.message);
  const agent = createAgent(first.next, {
    log,
    logOptions: { level: options.logLevel, format: options.logFormat },
    ...(options.once ? { serve: false } : {}),
    reload: (secretsOnly) => reader.read(secretsOnly),
  });
  const started = await Promise.race([start(agent), signals.stopped]);
  if (started instanceof Error) {
    await stop(agent);
    process.stderr.write(`${started.message}\n`);
    process.exit(1);
  }
  if (started === undefined && options.once) return await printOnce(agent, signals);
  if (started === undefined) await serve(agent, signals, log);
  log.info({ signal: await signals.stopped }, 'stopping');
  await stop(agent);
  // Whatever a driver left behind must not keep the process.
  process.exit(0);
}

/** Whatever hangs, the end comes. */
async function stop(agent: Agent): Promise<void> {
  const late = Promise.withResolvers<void>();
  setTimeout(late.resolve, STOP_MS + LAST_MS);
  await Promise.race([agent.stop(STOP_MS), late.promise]);
}

/** The error of a start that failed. */
async function start(agent: Agent): Promise<Error | undefined> {
  try {
    await agent.start();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function serve(agent: Agent, signals: Signals, log: RootLog): Promise<void> {
  const notify = createNotifier();
  log.info({ backends: agent.backends, url: agent.url }, 'the agent is running');
  notify.ready();
  signals.onReload(() => void agent.reload());
  await signals.stopped;
  notify.stopping();
}

async function printOnce(agent: Agent, signals: Signals): Promise<void> {
  await Promise.race([agent.firstRound, signals.stopped]);
  const text = await agent.text();
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  await stop(agent);
  if (agent.anyUp) process.exit(0);
  process.stderr.write('no array could be read: see the log above\n');
  process.exit(1);
}

type Read = { readonly next: AgentConfig } | { readonly message: string };

/** Reads the configuration, and again. */
function createReader(options: RunOptions, sockets: readonly string[]) {
  let texts = '';
  function read(secretsOnly: boolean): Promise<Read | { readonly skipped: string }>;
  function read(): Promise<Read>;
  async function read(secretsOnly = false) {
    const files = findFiles(options.configFile).map((file) => ({ file, text: readQuietly(file) }));
    const found = JSON.stringify(files);
    // What an operator is about to change is taken when he says so.
    if (secretsOnly && found !== texts && !options.autoReload) {
      return {
        skipped: 'a secret has changed, but so has the configuration: reload to take both over',
      };
    }
    const { loaded, problems } = await loadConfig(options.configFile);
    if (!loaded) return { message: problems.map(formatProblem).join('\n') };
    const watched = files.flatMap(({ file, text }) => [
      ...(options.autoReload ? [file] : []),
      ...referencesIn(text, dirname(file), process.env),
    ]);
    texts = found;
    return { next: forAgent(loaded, options, { secrets: [...new Set(watched)], sockets }) };
  }
  return { read };
}

function readQuietly(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** What the command line says wins; a shard keeps its own backends only. */
function forAgent(
  loaded: LoadedConfig,
  options: RunOptions,
  {
    secrets,
    sockets,
  }: { readonly secrets: readonly string[]; readonly sockets: readonly string[] },
): AgentConfig {
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
  const { config, plain } = loaded;
  const listen = options.listen.length > 0 ? options.listen : listenOf(config);
  const overrides = {
    listen: [...listen],
    ...(options.webConfig ? { web_config: options.webConfig } : {}),
  };
  return {
    listen: sockets.length > 0 ? sockets : listen,
    secrets,
    foreign: config.backends.filter(({ name }) => !mine(name)),
    loaded: {
      ...loaded,
      config: {
        ...config,
        ...overrides,
        backends: config.backends.filter(({ name }) => mine(name)),
      },
      plain: {
        ...plain,
        value: { ...plain.value, ...overrides },
        backends: plain.backends.filter((backend) => mine(backend['name'])),
      },
    },
  };
}
