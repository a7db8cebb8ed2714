/** One round of each kind of collection, without any clock: the jobs and `inspect` call it. */
import { isIP } from 'node:net';
import { AlertSchema, type Alert, type AlertQuery } from '../driver/alerts.ts';
import { mapConcurrent } from '../driver/concurrency.ts';
import type { Driver, Session } from '../driver/driver.ts';
import {
  BackendTimeout,
  BackendUnreachable,
  errorType,
  InvalidResponse,
  NotSupported,
  type ErrorType,
} from '../driver/errors.ts';
import { messageOf } from '../driver/message.ts';
import type { Capabilities, PerfMetric, ResourceMetrics, ResourceType } from '../driver/metrics.ts';
import { inRound } from '../driver/scope.ts';
import { StorageSchema, type Storage } from '../driver/records.ts';
import type { ListName } from '../config/schema.ts';
import { LISTS, type ListDefinition } from './lists.ts';
import { uniqueAlerts } from './alerts/unique.ts';
import {
  checkingPerformance,
  createPerformanceCheck,
  type CheckedPerformance,
  type PerformanceCheck,
} from './performance.ts';
import type { ManagedSession } from './session.ts';
import type { Inventory } from './snapshot.ts';
import { createTurns, inTurns } from './turns.ts';
import { checkingList, checkRecord, type Drop } from './validate.ts';

/** Lists read at the same time; the backend's budget bounds the requests they make. */
const PARALLEL_LISTS = 2;

/** Alerts of one poll; no array has more that anybody reads. */
const MAX_ALERTS = 100_000;

/** Addresses that one array sends its traps from. */
const MAX_SOURCES = 256;

/** A call that failed. */
export interface CallProblem {
  /** The method of the contract. */
  readonly call: string;
  readonly error_type: ErrorType;
  readonly message: string;
}

export interface Collector {
  readonly session: ManagedSession;
  readonly driver: Driver;
  readonly storageId: string;
  /** Whether a part of the call's last answer could not be read. */
  incomplete(call: string): boolean;
  report(drop: Drop): void;
}

export interface InventoryRound {
  /** What was read; a list that failed is absent. */
  readonly inventory: Inventory;
  /** Lists that the array answered or is known to lack: their old records are not kept. */
  readonly settled: ReadonlySet<string>;
  /** Lists of which a part could not be read: what is missing in them may still be there. */
  readonly incomplete: ReadonlySet<string>;
  /** Where the array's traps come from, as it says itself. */
  readonly alertSources?: readonly string[];
  readonly problems: readonly CallProblem[];
  /** The storage or any list was read. */
  readonly reached: boolean;
  /** What was thrown first, if anything. */
  readonly failure: unknown;
  /** Why the rest was not asked for: the session could not be opened, or nothing answered any more. */
  readonly ended: unknown;
  /** Calls without an answer: asked last in the next round. */
  readonly unanswered: ReadonlySet<string>;
}

/** A round never throws: what it could not read are its problems. */
export function collectInventory(
  collector: Collector,
  wanted: (list: ListName) => boolean,
  unansweredBefore: ReadonlySet<string> = new Set(),
): Promise<InventoryRound> {
  return inRound(() => readInventory(collector, wanted, unansweredBefore));
}

async function readInventory(
  collector: Collector,
  wanted: (list: ListName) => boolean,
  unansweredBefore: ReadonlySet<string>,
): Promise<InventoryRound> {
  const { session } = collector;
  const problems: CallProblem[] = [];
  const settled = new Set<string>();
  const incomplete = new Set<string>();
  const unanswered = new Set<string>();
  const notAsked: string[] = [];
  const inventory: Record<string, unknown> = {};
  let alertSources: readonly string[] | undefined;
  let reached = false;
  let failure: unknown;
  let ended: unknown;

  async function ask(
    call: string,
    parts: readonly string[],
    read: () => Promise<Partial<Inventory> | undefined>,
  ): Promise<void> {
    if (ended !== undefined) return void notAsked.push(call);
    try {
      const answer = await read();
      if (!answer) return;
      reached = true;
      Object.assign(inventory, answer);
      for (const part of parts) settled.add(part);
      if (collector.incomplete(call)) for (const part of parts) incomplete.add(part);
    } catch (error) {
      failure ??= error;
      problems.push(toProblem(call, error));
      if (session.openFailed(error) || session.lost()) ended ??= error;
      if (error instanceof NotSupported) for (const part of parts) settled.add(part);
      if (isUnanswered(error)) unanswered.add(call);
    }
  }

  await ask('getStorage', ['storage'], async () => ({ storage: await readStorage(collector) }));
  await ask('getAccessUrl', [], () => readAccessUrl(collector, inventory['storage']));
  if (problems.some(({ call }) => call === 'getAccessUrl')) incomplete.add('storage');
  await ask('listAlertSources', [], async () => {
    alertSources = await readAlertSources(collector);
    return {};
  });
  const lists = LISTS.filter((list) => wanted(list.name));
  const slow = (list: ListDefinition) => Number(unansweredBefore.has(list.method));
  lists.sort((a, b) => slow(a) - slow(b));
  await mapConcurrent(lists, PARALLEL_LISTS, (list) => {
    const parts = list.parts.map((part) => part.name);
    return ask(list.method, parts, () => readList(collector, list));
  });
  if (notAsked.length > 0) problems.push(toProblem('inventory', stopped(notAsked, ended)));
  for (const call of notAsked) if (unansweredBefore.has(call)) unanswered.add(call);
  return {
    inventory,
    settled,
    incomplete,
    problems,
    reached,
    failure,
    ended,
    unanswered,
    ...(alertSources ? { alertSources } : {}),
  };
}

function isUnanswered(error: unknown): boolean {
  return error instanceof BackendUnreachable || error instanceof BackendTimeout;
}

function stopped(notAsked: readonly string[], cause: unknown): Error {
  const text = `the array gave no answer any more; not asked for: ${notAsked.join(', ')}`;
  return new BackendUnreachable(text, { cause });
}

export function toProblem(call: string, error: unknown): CallProblem {
  const message = messageOf(error);
  return { call, error_type: errorType(error), message: cut(message) };
}

/** Texts of an array go on to logs, pages and exports. */
const MAX_MESSAGE = 1_024;

function cut(text: string): string {
  if (text.length <= MAX_MESSAGE) return text;
  return `${text.slice(0, MAX_MESSAGE).toWellFormed()}... (${text.length} characters)`;
}

async function readStorage({ session, storageId, report }: Collector): Promise<Storage> {
  const foreign = await session.call('getStorage', (open, signal) => open.getStorage(signal));
  const checked = checkRecord<Storage>(StorageSchema, 'storage', foreign, storageId, report);
  return checked ?? { storage_id: storageId };
}

/** The storage again, with the address of the array's console. */
async function readAccessUrl(
  { session, storageId, report }: Collector,
  storage: unknown,
): Promise<Partial<Inventory> | undefined> {
  if (!storage || !(await session.offers('getAccessUrl'))) return undefined;
  const access_url = await session.call('getAccessUrl', (open, signal) =>
    open.getAccessUrl?.(signal),
  );
  const withUrl = { ...storage, access_url };
  const checked = checkRecord<Storage>(StorageSchema, 'storage', withUrl, storageId, report);
  return checked && { storage: checked };
}

/** Addresses; what is none is left out. */
async function readAlertSources({
  session,
  report,
}: Collector): Promise<readonly string[] | undefined> {
  if (!(await session.offers('listAlertSources'))) return undefined;
  const foreign: unknown = await session.call('listAlertSources', (open, signal) =>
    open.listAlertSources?.(signal),
  );
  if (!Array.isArray(foreign)) throw new InvalidResponse('listAlertSources returned no list');
  if (foreign.length > MAX_SOURCES) report({ reason: 'list_limit', list: 'alert_sources' });
  return foreign.slice(0, MAX_SOURCES).filter((source: unknown): source is string => {
    const isAddress = typeof source === 'string' && isIP(source) !== 0;
    if (!isAddress) report({ reason: 'invalid_record', list: 'alert_sources' });
    return isAddress;
  });
}

async function readList(
  { session, storageId, report }: Collector,
  list: ListDefinition,
): Promise<Partial<Inventory> | undefined> {
  if (!(await session.offers(list.method))) return undefined;
  const foreign = await session.call<unknown>(list.method, (open, signal) =>
    open[list.method]?.(signal),
  );
  return await inTurns(checkingList(list, foreign, storageId, report));
}

/** What the array measures, limited to the resource types asked for. */
export async function readCapabilities(
  { session, driver }: Pick<Collector, 'session' | 'driver'>,
  resources?: ReadonlySet<ResourceType>,
): Promise<Capabilities | undefined> {
  if (resources?.size === 0) return undefined;
  if (!(await session.offers('collectPerfMetrics'))) return undefined;
  const capabilities = (await session.offers('getCapabilities'))
    ? await session.call('getCapabilities', (open, signal) => open.getCapabilities?.(signal))
    : driver.capabilities?.();
  if (!capabilities || !resources) return capabilities;
  const resource_metrics = Object.fromEntries(
    Object.entries(capabilities.resource_metrics).filter(([type]) =>
      resources.has(type as ResourceType),
    ),
  ) as ResourceMetrics;
  return { ...capabilities, resource_metrics };
}

/** Time of the array's newest sample, by its own clock; undefined where the driver can't tell. */
export async function readNewestSampleTime(
  { session }: Collector,
  capabilities: Capabilities,
): Promise<number | undefined> {
  if (!capabilities.is_historic || !(await session.offers('getLatestPerfTimestamp'))) {
    return undefined;
  }
  try {
    return await session.call('getLatestPerfTimestamp', (open, signal) =>
      open.getLatestPerfTimestamp?.(signal),
    );
  } catch (error) {
    // Without it the agent's own clock is good enough.
    if (session.openFailed(error)) throw error;
    return undefined;
  }
}

/** The samples of a window, checked and in base units. */
export async function collectPerformance(
  { session }: Collector,
  resourceMetrics: ResourceMetrics,
  window: { readonly start: number; readonly end: number },
  now: number,
): Promise<CheckedPerformance> {
  const read = await session.call('collectPerfMetrics', (open, signal) => {
    const answer = open.collectPerfMetrics?.(resourceMetrics, window.start, window.end, signal);
    return answer && readSamples(answer, now, signal);
  });
  if (!read) throw new InvalidResponse('collectPerfMetrics returned no list');
  return await inTurns('result' in read ? read.result() : checkingPerformance(read, now));
}

/** What comes while it is read is taken as it comes: if the call fails, all of it has not been. */
async function readSamples(
  answer: ReturnType<NonNullable<Session['collectPerfMetrics']>>,
  now: number,
  signal: AbortSignal,
): Promise<PerformanceCheck | readonly PerfMetric[] | undefined> {
  const metrics = await answer;
  if (Array.isArray(metrics)) return metrics as readonly PerfMetric[];
  if (!isAsyncIterable(metrics)) return undefined;
  const check = createPerformanceCheck(now);
  const inItsTurn = createTurns();
  for await (const metric of metrics) {
    signal.throwIfAborted();
    await inItsTurn(check.take(metric));
  }
  return check;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<PerfMetric> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** The array's current alerts; undefined if it can't list them. `tell`: what the list is not fit for. */
export async function collectAlerts(
  { session, storageId, report }: Collector,
  query: AlertQuery = {},
  tell: (problem: CallProblem) => void = () => {},
): Promise<Alert[] | undefined> {
  if (!(await session.offers('listAlerts'))) return undefined;
  const foreign = await session.call('listAlerts', (open, signal) =>
    open.listAlerts?.(query, signal),
  );
  if (!Array.isArray(foreign)) throw new InvalidResponse('listAlerts returned no list');
  if (foreign.length > MAX_ALERTS) report({ reason: 'list_limit', list: 'alerts' });
  const alerts = foreign
    .slice(0, MAX_ALERTS)
    .flatMap((alert) => checkRecord<Alert>(AlertSchema, 'alerts', alert, storageId, report) ?? []);
  const repeated: Alert[] = [];
  const unique = uniqueAlerts(alerts, (alert) => {
    report({ reason: 'duplicate', list: 'alerts' });
    repeated.push(alert);
  });
  if (repeated.length > 0) tell(toProblem('listAlerts', notApart(repeated)));
  return unique;
}

function notApart(repeated: readonly Alert[]): InvalidResponse {
  const keys = new Set(
    repeated.map((alert) => alert.match_key ?? alert.sequence_number ?? alert.alert_id),
  );
  const some = [...keys].slice(0, 3).join(', ');
  return new InvalidResponse(
    `${repeated.length} alerts can't be told from others of the same list, of which the worst and newest are shown: ${some}`,
  );
}
