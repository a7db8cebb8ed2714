/** What the commands share: loading the configuration, finding a backend, failing clearly. */
import { DriverError } from '../driver/errors.ts';
import { createBudget } from '../driver/budget.ts';
import type { Driver } from '../driver/driver.ts';
import { createConnection } from '../backend/connection.ts';
import { createPartialAnswers, type PartialAnswers } from '../backend/partial.ts';
import { toProblem, type Collector } from '../backend/collect.ts';
import { settingsOf, type BackendSettings } from '../backend/settings.ts';
import type { Drop } from '../backend/validate.ts';
import { formatProblem, loadConfig, type LoadedConfig, type LoadResult } from '../config/load.ts';
import { nearest } from '../config/nearest.ts';
import type { Traffic } from '../driver/transports.ts';
import { NoRecording } from '../recording/file.ts';
import { LIVE, type Reach } from '../recording/recorder.ts';
import { createLog, type LOG_FORMATS, type LOG_LEVELS, type RootLog } from '../log.ts';

/** Options every command has. */
export interface CommonOptions {
  readonly configFile: readonly string[];
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly logFormat: (typeof LOG_FORMATS)[number];
}

/** An error of the operator's: its message alone is printed, exit 1. */
export class UsageError extends Error {}

export function logOf(options: CommonOptions): RootLog {
  return createLog({ level: options.logLevel, format: options.logFormat });
}

/** @throws UsageError with every problem of the configuration, one a line. */
export async function requireConfig(options: CommonOptions): Promise<LoadedConfig> {
  return (await readConfig(options)).loaded;
}

/** The same with what works and is hardly meant so. */
export async function readConfig(
  options: CommonOptions,
): Promise<{ readonly loaded: LoadedConfig; readonly warnings: LoadResult['warnings'] }> {
  const { loaded, problems, warnings } = await loadConfig(options.configFile);
  if (loaded) return { loaded, warnings };
  throw new UsageError(problems.map(formatProblem).join('\n'));
}

/** The operator's mistake needs a sentence, ours needs a stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError || error instanceof DriverError || error instanceof NoRecording)
    return error.message;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error.stack ?? error.message;
  const sentence = Object.hasOwn(SYSTEM_ERRORS, code) ? SYSTEM_ERRORS[code] : undefined;
  return sentence ? `${path ?? syscall}: ${sentence}` : error.message;
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: run it as a user who may, or choose another place',
  EPERM: 'not permitted: run it as a user who may, or choose another place',
  EROFS: 'the file system is read only: choose another place',
  ENOENT: 'there is no such file or folder: create it',
  EEXIST: 'it is there already, and is something else: choose another name',
  ENOTDIR: 'a part of this path is no folder: choose another place',
  ENOSPC: 'the disk is full: make room',
  EADDRINUSE: 'the address is in use: end the other program, or choose another port',
  EADDRNOTAVAIL: 'this machine has no such address: choose one of its own',
};

/** One backend, opened for one command. */
export interface OneBackend {
  readonly settings: BackendSettings;
  readonly driver: Driver;
  readonly collector: Collector;
  readonly drops: readonly Drop[];
  /** Parts of answers that are missing. */
  readonly partial: PartialAnswers;
  readonly traffic: Readonly<Traffic>;
  readonly log: RootLog;
  /** A call begins; returns its time, epoch ms. */
  begin(call: string): number;
}

export interface Means {
  /** The driver as it is opened. */
  readonly adapt?: (driver: Driver) => Driver;
  /** How the array is reached, if not directly; `traffic`: what counts then. */
  readonly reach?: Reach & { readonly traffic?: Readonly<Traffic> };
}

/** Opens the session of a configured backend, runs the command's work, and logs out whatever happens. */
export async function withBackend<T>(
  name: string,
  options: CommonOptions,
  work: (backend: OneBackend & { readonly config: LoadedConfig }) => Promise<T>,
  means: Means = {},
): Promise<T> {
  const config = await requireConfig(options);
  const found = config.config.backends.find((backend) => backend.name === name);
  if (!found) {
    const near = nearest(
      name,
      config.config.backends.map((backend) => backend.name),
    );
    throw new UsageError(
      `no backend "${name}" in the configuration${near[0] ? ` (did you mean "${near[0]}"?)` : ''}`,
    );
  }
  const settings = settingsOf(found);
  const driver = await config.registry.find(settings.vendor, settings.model);
  return await withSettings(
    { settings, driver },
    options,
    (backend) => work({ ...backend, config }),
    means,
  );
}

interface Chosen {
  readonly settings: BackendSettings;
  readonly driver: Driver;
}

/** The same of settings that need not stand in a configuration. */
export async function withSettings<T>(
  { settings, driver }: Chosen,
  options: CommonOptions,
  work: (backend: OneBackend) => Promise<T>,
  { adapt = (given) => given, reach = LIVE }: Means,
): Promise<T> {
  const { name } = settings;
  const log = logOf(options);
  const drops: Drop[] = [];
  const budget = createBudget(settings.maxInFlight);
  const partial = createPartialAnswers();
  const connection = createConnection({
    settings,
    driver: adapt(driver),
    budget,
    log,
    onPartial: partial.add,
    onAttempt(call) {
      partial.begin(call);
      reach.begin(call);
    },
    onAnswer: partial.answered,
    through: reach.context,
  });
  const { session } = connection;
  const traffic = reach.traffic ?? connection.traffic;
  const interrupt = () => connection.cancel();
  // Also the second signal: it must not end the process before the array has its session back.
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await work({
      settings,
      driver,
      collector: {
        session,
        driver,
        storageId: settings.name,
        incomplete: partial.incomplete,
        report: (drop) => void drops.push(drop),
      },
      drops,
      partial,
      traffic,
      log,
      begin: reach.begin,
    });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // What a driver threw: its stack is its author's, the sentence is the operator's.
    log.debug({ backend: name, err: error }, 'the command failed');
    const { message, error_type: type } = toProblem(name, error);
    throw new UsageError(`${name}: ${type === 'internal' ? 'the driver failed: ' : ''}${message}`);
  } finally {
    await connection.close();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
