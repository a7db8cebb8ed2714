/**
 * Every distinct request of a driver x every kind of damage, once and always, over its simulator.
 * A call's answer is then either what it was without damage, or it is told (a problem of the call, or
 * its error) and made of true records only; and the call after the damage is whole.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isDeepStrictEqual } from 'node:util';
import { DriverError, errorType, type Driver, type ResourceMetrics } from 'delfin-agent/driver';
import { LISTS } from '../../src/backend/lists.ts';
import { HTTP_FAULTS, faults, type Fault, type FaultPlan } from './faults.ts';
import { openDriver, type Fields, type OpenedDriver } from './open.ts';
import { withSteadyAges, type Simulator, type SimulatorDefinition } from './simulator.ts';
import { checkedSeries, gather } from './samples.ts';

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
/** The tests try so many cases of each kind of damage, other ones of each; FAULT_MATRIX=all tries all. */
const MOST_CASES = process.env['FAULT_MATRIX'] === 'all' ? Infinity : 6;

export function describeFaultMatrix(options: FaultMatrixOptions): void {
  const { simulator, generation } = options;
  const title = `${simulator.vendor} ${simulator.model}${generation ? ` ${generation}` : ''}`;
  const kinds = options.faults ?? HTTP_FAULTS;
  describe(`fault matrix of ${title}`, { timeout: CASES_TIMEOUT_MS }, () => {
    let field: Field | undefined;
    const ready = () => field ?? expect.unreachable('the array has not been started');
    beforeAll(async () => void (field = await prepare(options)), CASES_TIMEOUT_MS);
    afterEach(() => faults.plan(undefined));
    afterAll(async () => await field?.[Symbol.asyncDispose]());

    it('tells nothing without damage', () => expect(ready().problems).toEqual([]));
    it.each(kinds)('%s on one answer: equal, or told and true, and whole again', async (fault) => {
      const { cases, opened } = ready();
      const chosen = spread(cases, MOST_CASES, kinds.indexOf(fault) / kinds.length);
      const { tried, wrong } = await runCases(chosen, fault, opened);
      console.log(`${title}: ${fault}: ${tried} cases, ${tried - wrong.length} clean`);
      expect(tried).toBeGreaterThan(0);
      expect(wrong).toEqual([]);
    });
  });
}

/** So many of them at most, at equal distances; `phase`, 0 to 1: others. */
function spread<T>(items: readonly T[], most: number, phase: number): readonly T[] {
  if (items.length <= most) return items;
  const step = items.length / most;
  return Array.from(
    { length: most },
    (_, index) => items[Math.floor((index + phase) * step)],
  ).filter((item) => item !== undefined);
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

/** A call and one damage to what it asks. */
interface Case {
  readonly call: Call;
  readonly plan: Omit<FaultPlan, 'fault'> & { readonly title: string };
}

/** The opened array, every case there is, and what is wrong already. */
interface Field extends AsyncDisposable {
  readonly opened: OpenedDriver;
  readonly cases: readonly Case[];
  readonly problems: readonly string[];
}

async function prepare(options: FaultMatrixOptions): Promise<Field> {
  const { generation } = options;
  const usual = () =>
    options.simulator.start({
      scenario: 'normal',
      seed: 42,
      ...(generation ? { generation } : {}),
    });
  await using stack = new AsyncDisposableStack();
  const simulator = stack.use(await (options.start ?? usual)());
  const opened = stack.use(
    openDriver(options.driver, simulator.access, {
      callTimeoutMs: CASES_TIMEOUT_MS,
      hurried: true,
    }),
  );
  const cases: Case[] = [];
  const problems: string[] = [];
  for (const call of await callsOf(options, opened, simulator)) {
    // What a driver learns about an array it learns now.
    await run(call, opened);
    const asked: string[] = [];
    faults.listen((request) => asked.push(request));
    const clean = await run(call, opened);
    faults.listen(undefined);
    if (clean.error !== undefined && errorType(clean.error) === 'not_supported') continue;
    if (clean.error !== undefined || clean.told.length > 0) {
      problems.push(`${call.name}: ${describeOutcome(clean)}`);
      continue;
    }
    const damageable = asked.filter((request) => !options.isLogin(request));
    const plans = plansOf(damageable, options.classOf ?? withoutNumbers);
    cases.push(...plans.map((plan) => ({ call, plan })));
  }
  const owned = stack.move();
  return { opened, cases, problems, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function runCases(
  cases: readonly Case[],
  fault: Fault,
  opened: OpenedDriver,
): Promise<{ tried: number; wrong: string[] }> {
  const wrong: string[] = [];
  let tried = 0;
  for (const [call, own] of Map.groupBy(cases, (one) => one.call)) {
    const clean = await run(call, opened);
    for (const { plan } of own) {
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
function plansOf(asked: readonly string[], classOf: (request: string) => string): Case['plan'][] {
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
    // What the array lacks it lacks with and without damage.
    told: opened.told
      .filter(({ error }) => errorType(error) !== 'not_supported')
      .map(({ error }) => `${errorType(error)}: ${error.message}`),
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
  for (const method of ['getAccessUrl', 'listAlertSources'] as const) {
    if (!(await session.offers(method))) continue;
    calls.push({
      name: method,
      identities: { '': ['address'] },
      run: async () =>
        [await session.call<unknown>(method, (open, signal) => open[method]?.(signal))]
          .flat()
          .map((address) => ({ address })),
    });
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
        gather(open.collectPerfMetrics?.(asked, begin, end, signal)),
      );
      const { series } = checkedSeries(metrics, Date.now());
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
          withSteadyAges(record),
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
