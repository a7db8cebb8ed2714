/** Opens a driver the way the core does: access validated, secrets wrapped, transports bounded. */
import { createConnection } from '../../src/backend/connection.ts';
import { LISTS } from '../../src/backend/lists.ts';
import type { ManagedSession } from '../../src/backend/session.ts';
import { checkList, checkRecord, type Drop } from '../../src/backend/validate.ts';
import { wrapSecrets } from '../../src/config/secrets.ts';
import { createBudget } from '../../src/driver/budget.ts';
import { Ajv } from 'ajv';
import type { Driver, ListMethod, Log, Traffic } from 'delfin-agent/driver';
import { BackendTimeout, StorageSchema, type Storage } from 'delfin-agent/driver';
import { faults, MARK_HEADER } from './faults.ts';

export interface OpenedDriver extends AsyncDisposable {
  readonly session: ManagedSession;
  readonly traffic: Readonly<Traffic>;
  /** Everything the core dropped or replaced so far. */
  readonly drops: Drop[];
  /** Everything that was logged, as text: tests look for secrets in it. */
  readonly logged: string[];
  /** Parts of answers that were told to be missing, in order; a test may empty it. */
  readonly told: { readonly call: string; readonly error: Error }[];
  getStorage(): Promise<Storage>;
  /** A list as the core sees it: checked, unique; groups as an object of lists. */
  list(
    method: ListMethod,
  ): Promise<readonly Fields[] | Readonly<Record<string, readonly Fields[]>>>;
}
export type Fields = Readonly<Record<string, unknown>>;

export interface OpenOptions {
  readonly maxInFlight?: number;
  /** The configured model; the driver's first if absent. */
  readonly model?: string;
  readonly callTimeoutMs?: number;
  readonly openTimeoutMs?: number;
  readonly timezone?: string;
  readonly now?: () => number;
  /** Waiting takes no time, and what hangs ends at once as a time-out. */
  readonly hurried?: boolean;
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
  const drops: Drop[] = [];
  const logged: string[] = [];
  const told: { call: string; error: Error }[] = [];
  const log = capturingLog(logged);
  const maxInFlight = options.maxInFlight ?? 2;
  const connection = createConnection({
    settings: {
      name: TEST_SYSTEM,
      model: options.model ?? [driver.model].flat()[0] ?? '',
      access: wrapSecrets(driver.access, access) as Fields,
      timezone: options.timezone ?? 'UTC',
      maxInFlight,
      callTimeoutMs: options.callTimeoutMs ?? 60_000,
    },
    driver: options.hurried ? hurried(driver) : driver,
    budget: createBudget(maxInFlight),
    log,
    onPartial(call, error) {
      told.push({ call, error });
      log.warn({ call, err: error }, 'told');
    },
    openTimeoutMs: options.openTimeoutMs ?? 30_000,
    ...(options.now ? { now: options.now } : {}),
  });
  const { session, traffic } = connection;
  const report = (drop: Drop) => void drops.push(drop);
  return {
    session,
    traffic,
    drops,
    logged,
    told,
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
      await connection.close();
    },
  };
}

/** The driver in a context without waiting: see `faults.hung`. */
function hurried(driver: Driver): Driver {
  let count = 0;
  const orTimeout = async <T>(mark: string, work: Promise<T>): Promise<T> => {
    const result = await work.catch((error: unknown) => {
      if (!faults.hung(mark)) throw error;
      throw new BackendTimeout('no answer within 30 s');
    });
    if (faults.hung(mark)) throw new BackendTimeout('no answer within 30 s');
    return result;
  };
  return {
    ...driver,
    open: (access, context) =>
      driver.open(access, {
        ...context,
        pause: (ms) => context.pause(Math.min(ms, 1)),
        async http(rest, httpOptions) {
          const client = await context.http(rest, httpOptions);
          return {
            ...client,
            request(request) {
              count += 1;
              const mark = String(count);
              const headers = { ...request.headers, [MARK_HEADER]: mark };
              return orTimeout(mark, client.request({ ...request, headers }));
            },
          };
        },
        async ssh(ssh, sshOptions) {
          const client = await context.ssh(ssh, sshOptions);
          return {
            ...client,
            exec: (command, exec) => orTimeout(command, client.exec(command, exec)),
            readFile: (path, read) => orTimeout(`read ${path}`, client.readFile(path, read)),
          };
        },
      }),
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
