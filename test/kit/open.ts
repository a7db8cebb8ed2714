/** Opens a driver the way the core does: access validated, secrets wrapped, transports bounded. */
import { createContext } from '../../src/backend/context.ts';
import { LISTS } from '../../src/backend/lists.ts';
import { createManagedSession, type ManagedSession } from '../../src/backend/session.ts';
import { checkList, checkRecord, type Drop } from '../../src/backend/validate.ts';
import { wrapSecrets } from '../../src/config/secrets.ts';
import { createBudget } from '../../src/driver/budget.ts';
import { Ajv } from 'ajv';
import type { Driver, ListMethod, Log, Traffic } from 'delfin-agent/driver';
import { StorageSchema, type Storage } from 'delfin-agent/driver';

export interface OpenedDriver extends AsyncDisposable {
  readonly session: ManagedSession;
  readonly traffic: Traffic;
  /** Everything the core dropped or replaced so far. */
  readonly drops: Drop[];
  /** Everything that was logged, as text: tests look for secrets in it. */
  readonly logged: string[];
  getStorage(): Promise<Storage>;
  /** A list as the core sees it: checked, unique; groups as an object of lists. */
  list(
    method: ListMethod,
  ): Promise<readonly Fields[] | Readonly<Record<string, readonly Fields[]>>>;
}
export type Fields = Readonly<Record<string, unknown>>;

export interface OpenOptions {
  readonly maxInFlight?: number;
  readonly callTimeoutMs?: number;
  readonly openTimeoutMs?: number;
  readonly timezone?: string;
  readonly now?: () => number;
}

export const TEST_SYSTEM = 'array-under-test';

/** @throws Error if the access block doesn't fit the driver's schema. */
export function openDriver(
  driver: Driver,
  access: Fields,
  options: OpenOptions = {},
): OpenedDriver {
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
  if (!ajv.validate(driver.access, access)) {
    throw new Error(`access does not fit the driver's schema: ${ajv.errorsText()}`);
  }
  const traffic: Traffic = { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 };
  const drops: Drop[] = [];
  const logged: string[] = [];
  const transports = new AbortController();
  const stopping = new AbortController();
  const log = capturingLog(logged);
  const maxInFlight = options.maxInFlight ?? 2;
  const budget = createBudget(maxInFlight);
  const session = createManagedSession({
    driver,
    access: wrapSecrets(driver.access, access) as Fields,
    createContext: () =>
      createContext({
        name: TEST_SYSTEM,
        timezone: options.timezone ?? 'UTC',
        log,
        signal: transports.signal,
        budget,
        maxInFlight,
        traffic,
        now: options.now ?? Date.now,
      }),
    log,
    callTimeoutMs: options.callTimeoutMs ?? 60_000,
    openTimeoutMs: options.openTimeoutMs ?? 30_000,
    stopping: stopping.signal,
  });
  const report = (drop: Drop) => void drops.push(drop);
  return {
    session,
    traffic,
    drops,
    logged,
    async getStorage() {
      const foreign = await session.call('getStorage', (open, signal) => open.getStorage(signal));
      const storage = checkRecord<Storage>(StorageSchema, 'storage', foreign, TEST_SYSTEM, report);
      if (!storage) throw new Error('getStorage returned no record');
      return storage;
    },
    async list(method) {
      const definition = LISTS.find((candidate) => candidate.method === method);
      if (!definition) throw new Error(`no list ${method}`);
      const foreign = await session.call<unknown>(method, (open, signal) => open[method]?.(signal));
      const parts = checkList(definition, foreign, TEST_SYSTEM, report) as Record<
        string,
        readonly Fields[]
      >;
      return definition.parts.length > 1 ? parts : (parts[definition.parts[0].name] ?? []);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await session.close();
      transports.abort();
    },
  };
}

function capturingLog(lines: string[]): Log {
  const write = (fields: Record<string, unknown>, message: string) =>
    void lines.push(`${message} ${JSON.stringify(fields, errorsAsText)}`);
  return { debug: write, info: write, warn: write, error: write };
}

function errorsAsText(_key: string, value: unknown): unknown {
  return value instanceof Error ? `${value.stack}` : value;
}
