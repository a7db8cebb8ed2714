/** Opens a driver the way the core does: access validated, secrets wrapped, transports bounded. */
import { Ajv } from 'ajv';
import { createConnection } from '../backend/connection.ts';
import { LISTS, type Fields } from '../backend/lists.ts';
import type { ManagedSession } from '../backend/session.ts';
import { checkList, checkRecord, type Drop } from '../backend/validate.ts';
import { wrapSecrets } from '../config/secrets.ts';
import type { Alert, AlertQuery } from '../driver/alerts.ts';
import { createBudget } from '../driver/budget.ts';
import type { Driver, ListMethod, Log, Session } from '../driver/driver.ts';
import { InvalidResponse } from '../driver/errors.ts';
import { StorageSchema, type Storage } from '../driver/records.ts';
import type { Traffic } from '../driver/transports.ts';
import { hurried } from './hurried.ts';
import { asText, watch } from './watch.ts';

export type { Fields } from '../backend/lists.ts';

export interface OpenedDriver extends AsyncDisposable {
  /** What `context.name` and `context.storageId` are. */
  readonly name: string;
  readonly session: ManagedSession;
  readonly traffic: Readonly<Traffic>;
  /** Everything the core dropped or replaced so far. */
  readonly drops: Drop[];
  /** Everything that was logged, as text: tests look for secrets in it. */
  readonly logged: string[];
  /** Parts of answers that were told to be missing, in order; a test may empty it. */
  readonly told: { readonly call: string; readonly error: Error }[];
  /** Calls that asked more often than `maxRequests`. */
  readonly endless: ReadonlySet<string>;
  /** The backend's own keys, secrets wrapped. */
  readonly access: Fields;
  /** The session as the driver returned it last. */
  raw(): Session | undefined;
  getStorage(): Promise<Storage>;
  /** A list as the core sees it: checked, unique; groups as an object of lists. */
  list(
    method: ListMethod,
  ): Promise<readonly Fields[] | Readonly<Record<string, readonly Fields[]>>>;
  /** Alerts as the driver lists them; of all times without a period. */
  alerts(query?: AlertQuery): Promise<readonly Alert[]>;
}

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
  /** Requests of one call; more of them are refused. */
  readonly maxRequests?: number;
}

/** An agent on loopback answers sooner; a try that is late is repeated. */
const HURRIED_SNMP_MS = 100;

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
  const endless = new Set<string>();
  const asked = new Map<string, number>();
  let raw: Session | undefined;
  const watched = watch(driver, {
    opened: (session) => void (raw = session),
    request(call) {
      const count = (asked.get(call) ?? 0) + 1;
      asked.set(call, count);
      if (count <= (options.maxRequests ?? Infinity)) return;
      endless.add(call);
      throw new InvalidResponse(`${call} has asked ${count - 1} times and goes on`);
    },
  });
  const wrapped = wrapSecrets(driver.access, access) as Fields;
  const maxInFlight = options.maxInFlight ?? 2;
  const connection = createConnection({
    settings: {
      name: TEST_SYSTEM,
      model: options.model ?? [driver.model].flat()[0] ?? '',
      access: wrapped,
      timezone: options.timezone ?? 'UTC',
      maxInFlight,
      callTimeoutMs: options.callTimeoutMs ?? 60_000,
    },
    driver: options.hurried ? hurried(watched) : watched,
    budget: createBudget(maxInFlight),
    log,
    onPartial(call, error) {
      told.push({ call, error });
      log.warn({ call, err: error }, 'told');
    },
    onAttempt: (call) => void asked.delete(call),
    openTimeoutMs: options.openTimeoutMs ?? 30_000,
    snmpTimeoutMs: options.hurried ? HURRIED_SNMP_MS : undefined,
    ...(options.now ? { now: options.now } : {}),
  });
  const { session, traffic } = connection;
  const report = (drop: Drop) => void drops.push(drop);
  return {
    name: TEST_SYSTEM,
    session,
    traffic,
    drops,
    logged,
    told,
    endless,
    access: wrapped,
    raw: () => raw,
    ...recordsOf(session, TEST_SYSTEM, report),
    async [Symbol.asyncDispose]() {
      await connection.close();
    },
  };
}

function capturingLog(lines: string[]): Log {
  const write = (fields: Record<string, unknown>, message: string) =>
    void lines.push(asText(fields, message));
  return { debug: write, info: write, warn: write, error: write };
}

/** Storage and lists as the core sees them, alerts as the driver lists them. */
export function recordsOf(
  session: ManagedSession,
  storageId: string,
  report: (drop: Drop) => void,
): Pick<OpenedDriver, 'getStorage' | 'list' | 'alerts'> {
  return {
    async getStorage() {
      const foreign = await session.call('getStorage', (open, signal) => open.getStorage(signal));
      const storage = checkRecord<Storage>(StorageSchema, 'storage', foreign, storageId, report);
      if (!storage) throw new InvalidResponse('getStorage returned no record');
      return storage;
    },
    async list(method) {
      const definition = LISTS.find((candidate) => candidate.method === method);
      if (!definition) throw new Error(`no list ${method}`);
      const foreign = await session.call<unknown>(method, (open, signal) => open[method]?.(signal));
      const parts = checkList(definition, foreign, storageId, report) as Record<
        string,
        readonly Fields[]
      >;
      return definition.parts.length > 1 ? parts : (parts[definition.parts[0].name] ?? []);
    },
    alerts: (query = {}) =>
      session.call('listAlerts', (open, signal) => open.listAlerts?.(query, signal)),
  };
}
