/** What the commands share: loading the configuration, finding a backend, failing clearly. */
import { createBudget } from '../driver/budget.ts';
import type { Driver } from '../driver/driver.ts';
import { createConnection } from '../backend/connection.ts';
import { createPartialAnswers, type PartialAnswers } from '../backend/partial.ts';
import type { Collector } from '../backend/collect.ts';
import { settingsOf, type BackendSettings } from '../backend/settings.ts';
import type { Drop } from '../backend/validate.ts';
import { formatProblem, loadConfig, type LoadedConfig } from '../config/load.ts';
import { nearest } from '../config/nearest.ts';
import type { Traffic } from '../driver/transports.ts';
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
  const { loaded, problems } = await loadConfig(options.configFile);
  if (loaded) return loaded;
  throw new UsageError(problems.map(formatProblem).join('\n'));
}

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
  readonly config: LoadedConfig;
}

/** Opens the session of a configured backend, runs the command's work, and logs out whatever happens. */
export async function withBackend<T>(
  name: string,
  options: CommonOptions,
  work: (backend: OneBackend) => Promise<T>,
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
  const log = logOf(options);
  const drops: Drop[] = [];
  const budget = createBudget(settings.maxInFlight);
  const partial = createPartialAnswers();
  const connection = createConnection({
    settings,
    driver,
    budget,
    log,
    onPartial: partial.add,
    onAttempt: partial.begin,
  });
  const { session, traffic } = connection;
  const interrupt = () => connection.cancel();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
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
      config,
    });
  } finally {
    await connection.close();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
