/**
 * Every distinct request of a driver x every kind of damage, once and always, over its simulator.
 * A call's answer is then either what it was without damage, or it is told (a problem of the call, or
 * its error) and made of true records only; and the call after the damage is whole.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { isDeepStrictEqual } from 'node:util';
import { DriverError, errorType, type Driver, type ResourceMetrics } from 'delfin-agent/driver';
import { LISTS } from '../../src/backend/lists.ts';
import { checkPerformance } from '../../src/backend/performance.ts';
import { HTTP_FAULTS, faults, type Fault } from './faults.ts';
import { openDriver, type Fields, type OpenedDriver } from './open.ts';
import type { Simulator, SimulatorDefinition } from './simulator.ts';

export interface FaultMatrixOptions {
  readonly driver: Driver;
  readonly simulator: SimulatorDefinition;
  readonly generation?: string;
  /** A smaller array than the definition's: every request more is asked for a thousand times. */
  readonly start?: () => Promise<Simulator>;
  /** Kinds of damage; those of HTTP if absent. */
  readonly faults?: readonly Fault[];
  /** The class of a request: what differs between objects and times left out. */
  readonly classOf?: (request: string) => string;
  /** Requests that log in or out: a refusal there is one of the account. */
  readonly isLogin: (request: string) => boolean;
  readonly windowMs?: number;
}

const CASES_TIMEOUT_MS = 600_000;
/** The tests try each n-th case, other ones for each kind of damage; FAULT_MATRIX=all tries all. */
const STRIDE = process.env['FAULT_MATRIX'] === 'all' ? 1 : 6;

export function describeFaultMatrix(options: FaultMatrixOptions): void {
  const { simulator, generation } = options;
  const title = `${simulator.vendor} ${simulator.model}${generation ? ` ${generation}` : ''}`;
  describe(`fault matrix of ${title}`, () => {
    afterEach(() => faults.plan(undefined));
    it.each(options.faults ?? HTTP_FAULTS)(
      '%s on one answer: equal, or told and true, and whole again',
      { timeout: CASES_TIMEOUT_MS },
      async (fault) => {
        const { tried, wrong } = await runMatrix(options, fault);
        console.log(`${title}: ${fault}: ${tried} cases, ${tried - wrong.length} clean`);
        expect(tried).toBeGreaterThan(0);
        expect(wrong).toEqual([]);
      },
    );
  });
}

interface Call {
  readonly name: string;
  /** Part -> fields that tell its records apart; a part without fields holds one record. */
  readonly identities: Readonly<Record<string, readonly string[]>>;
  run(): Promise<unknown>;
}

interface Outcome {
  readonly value?: unknown;
  readonly error?: unknown;
  /** Problems told while it ran. */
  readonly told: readonly string[];
  readonly requests: number;
}

async function runMatrix(
  options: FaultMatrixOptions,
  fault: Fault,
): Promise<{ tried: number; wrong: string[] }> {
  const { generation } = options;
  const usual = () =>
    options.simulator.start({
      scenario: 'normal',
      seed: 42,
      ...(generation ? { generation } : {}),
    });
  await using simulator = await (options.start ?? usual)();
  await using opened = openDriver(options.driver, simulator.access, {
    callTimeoutMs: CASES_TIMEOUT_MS,
    hurried: true,
  });
  const calls = await callsOf(options, opened, simulator);
  const classOf = options.classOf ?? withoutNumbers;
  const wrong: string[] = [];
  let tried = 0;
  let turn = (options.faults ?? HTTP_FAULTS).indexOf(fault);
  for (const call of calls) {
    // What a driver learns about an array it learns now.
    await run(call, opened);
    const asked: string[] = [];
    faults.listen((request) => asked.push(request));
    const clean = await run(call, opened);
    faults.listen(undefined);
    if (clean.error !== undefined && errorType(clean.error) === 'not_supported') continue;
    if (clean.error !== undefined || clean.told.length > 0) {
      wrong.push(`${call.name} without damage: ${describeOutcome(clean)}`);
      continue;
    }
    for (const plan of plansOf(
      asked.filter((request) => !options.isLogin(request)),
      classOf,
    )) {
      turn += 1;
      if (turn % STRIDE !== 0) continue;
      faults.plan({ fault, ...plan });
      const damaged = await run(call, opened);
      const hits = faults.hits();
      faults.plan(undefined);
      if (hits === 0) continue;
      tried += 1;
      const after = plan.times === 1 ? clean : await run(call, opened);
      const found =
        judge(call, clean, damaged) ??
        (isWhole(call, clean, after)
          ? undefined
          : `not whole afterwards: ${describeOutcome(after)}`);
      if (found !== undefined) wrong.push(`${call.name}: ${fault} on ${plan.title}: ${found}`);
    }
  }
  return { tried, wrong };
}

/** One answer, one request for ever, and all of its class for ever. */
function plansOf(asked: readonly string[], classOf: (request: string) => string) {
  const classes = Map.groupBy(new Set(asked), classOf);
  return Array.from(classes, ([kind, requests]) => {
    const [first = ''] = requests;
    const one = (request: string) => request === first;
    return [
      { title: `${first} once`, matches: one, times: 1 },
      { title: `${first} always`, matches: one, times: Infinity },
      ...(requests.length > 1
        ? [
            {
              title: `all ${kind} always`,
              matches: (request: string) => classOf(request) === kind,
              times: Infinity,
            },
          ]
        : []),
    ];
  }).flat();
}

/** Ids, times, WWNs: what tells requests of one kind apart. */
export function withoutNumbers(request: string): string {
  return request.replaceAll(/[0-9a-f]{8,}|\d+/gi, '#');
}

async function run(call: Call, opened: OpenedDriver): Promise<Outcome> {
  const before = opened.traffic.requests;
  opened.told.length = 0;
  const end = (outcome: { value: unknown } | { error: unknown }): Outcome => ({
    ...outcome,
    told: opened.told.map(({ error }) => `${errorType(error)}: ${error.message}`),
    requests: opened.traffic.requests - before,
  });
  try {
    return end({ value: await call.run() });
  } catch (error) {
    return end({ error });
  }
}

async function callsOf(
  options: FaultMatrixOptions,
  opened: OpenedDriver,
  simulator: Simulator,
): Promise<Call[]> {
  const { session } = opened;
  const calls: Call[] = [
    { name: 'getStorage', identities: { '': [] }, run: () => opened.getStorage() },
  ];
  for (const list of LISTS) {
    if (!(await session.offers(list.method))) continue;
    if (simulator.truth.lists[list.method] === undefined) continue;
    const several = list.parts.length > 1;
    const identities = Object.fromEntries(
      list.parts.map((part) => [several ? part.name : '', part.identity]),
    );
    calls.push({ name: list.method, identities, run: () => opened.list(list.method) });
  }
  if (await session.offers('listAlerts')) {
    calls.push({
      name: 'listAlerts',
      identities: { '': ['sequence_number', 'match_key', 'alert_id'] },
      run: () => session.call('listAlerts', (open, signal) => open.listAlerts?.({}, signal)),
    });
  }
  const asked = await capabilitiesOf(options.driver, opened);
  if (!asked) return calls;
  const end = Date.now();
  const begin = end - (options.windowMs ?? 15 * 60_000);
  calls.push({
    name: 'collectPerfMetrics',
    identities: { '': ['sample'] },
    async run() {
      const metrics = await session.call('collectPerfMetrics', (open, signal) =>
        open.collectPerfMetrics?.(asked, begin, end, signal),
      );
      const { series } = checkPerformance(metrics, Date.now());
      return series.flatMap(({ resource_type, resource_id, name, times, values }) =>
        times.map((time, index) => ({
          sample: `${resource_type} ${resource_id} ${name} ${time}`,
          value: values[index],
        })),
      );
    },
  });
  return calls;
}

async function capabilitiesOf(
  driver: Driver,
  { session }: OpenedDriver,
): Promise<ResourceMetrics | undefined> {
  if (!(await session.offers('collectPerfMetrics'))) return undefined;
  const capabilities = (await session.offers('getCapabilities'))
    ? await session.call('getCapabilities', (open, signal) => open.getCapabilities?.(signal))
    : driver.capabilities?.();
  return capabilities?.resource_metrics;
}

/** What is wrong with an answer under damage; undefined: nothing. */
function judge(call: Call, clean: Outcome, damaged: Outcome): string | undefined {
  if (damaged.requests > 3 * clean.requests + 5) {
    return `${damaged.requests} requests instead of ${clean.requests}`;
  }
  if (damaged.error !== undefined) {
    return damaged.error instanceof DriverError ? undefined : `threw ${messageOf(damaged.error)}`;
  }
  const [truth, told] = [keyed(call, clean.value), keyed(call, damaged.value)];
  const untrue = untruth(truth, told);
  if (untrue !== undefined) return untrue;
  if (isDeepStrictEqual(truth, told)) return undefined;
  return damaged.told.length > 0 ? undefined : 'something is missing and nothing is told';
}

function isWhole(call: Call, clean: Outcome, after: Outcome): boolean {
  if (after.error !== undefined || after.told.length > 0) return false;
  return isDeepStrictEqual(keyed(call, clean.value), keyed(call, after.value));
}

type Keyed = ReadonlyMap<string, Fields>;

/** The first record that the array does not have, or has otherwise. */
function untruth(truth: Keyed, told: Keyed): string | undefined {
  for (const [key, record] of told) {
    const right = truth.get(key);
    if (right === undefined) return `there is no ${key}`;
    const field = Object.keys(record).find((name) => !isDeepStrictEqual(record[name], right[name]));
    if (field !== undefined) {
      return `${key}: ${field} is ${JSON.stringify(record[field])}, not ${JSON.stringify(right[field])}`;
    }
  }
  return undefined;
}

/** Records by what identifies them, over all parts of an answer. */
function keyed({ identities }: Call, value: unknown): Keyed {
  return new Map(
    Object.entries(identities).flatMap(([part, identity]) => {
      const records = (part === '' ? value : (value as Fields)[part]) as Fields | readonly Fields[];
      return [records]
        .flat()
        .map((record): [string, Fields] => [
          `${part} ${JSON.stringify(identity.map((field) => record[field]))}`,
          record,
        ]);
    }),
  );
}

function describeOutcome({ error, told, value }: Outcome): string {
  if (error !== undefined) return messageOf(error);
  const count = Array.isArray(value) ? `${value.length} records` : 'an object';
  return `${count}, told: ${told.slice(0, 2).join('; ') || 'nothing'}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? String(error) : JSON.stringify(error);
}
