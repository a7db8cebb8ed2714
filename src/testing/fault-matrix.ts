/**
 * Every kind of request of a driver x every kind of damage, once and always, over its simulator.
 * A call's answer is then either what it was without damage, or it is told (a problem of the call, or
 * its error) and made of true records only; and the call after the damage is whole.
 */
import { isDeepStrictEqual } from 'node:util';
import { readCapabilities } from '../backend/collect.ts';
import { LISTS, type Fields } from '../backend/lists.ts';
import type { Driver } from '../driver/driver.ts';
import { DriverError, errorType, NotSupported } from '../driver/errors.ts';
import { check, finding, judged, ok, type CheckGroup, type Finding, type Rule } from './check.ts';
import { faults, type Fault, type FaultPlan } from './faults.ts';
import { openDriver, type OpenedDriver } from './open.ts';
import { withSteadyAges, type Damageable, type Simulator, type SimulatorDefinition } from './simulator.ts'; // prettier-ignore
import { checkedSeries, gather } from './samples.ts';

export interface FaultMatrixOptions {
  readonly driver: Driver;
  readonly simulator: SimulatorDefinition;
  readonly generation?: string;
  /** A smaller array than the definition's: every request more is asked for a thousand times. */
  readonly start?: () => Promise<Simulator>;
  /** How answers are damaged, instead of what the simulator says of itself. */
  readonly damage?: Damageable;
  readonly windowMs?: number;
  /** Requests that one call may make; 20,000 if absent. A list that asks for more has no end. */
  readonly maxRequests?: number;
  /** So many cases of each kind of damage, spread over all requests; all if absent. */
  readonly mostCases?: number;
}

/** Nothing waits; this ends what never would. */
const CALL_TIMEOUT_MS = 120_000;
const MAX_REQUESTS = 20_000;

/** One group; none if the simulator's answers can't be damaged. */
export function faultMatrix(options: FaultMatrixOptions): readonly CheckGroup[] {
  const { simulator, generation, mostCases = Infinity } = options;
  const damage = options.damage ?? simulator.damage;
  if (!damage) return [];
  const { kinds } = damage;
  let field: Field | undefined;
  const ready = (): Field => {
    if (!field) throw new Error('the simulator has not been started');
    return field;
  };
  const checks = kinds.map((fault) =>
    check(`${fault}: equal, or told and true, and whole again`, 'any', async () => {
      const { cases, opened } = ready();
      const chosen = spread(cases, mostCases, kinds.indexOf(fault) / kinds.length);
      try {
        const { tried, wrong } = await runCases(chosen, fault, opened);
        const nothing = finding('failed_call', 'any', { value: 'no case', expected: 'answers that can be damaged' }); // prettier-ignore
        return judged(tried > 0 ? wrong : [nothing], ok(`${tried} cases`));
      } finally {
        faults.plan(undefined);
      }
    }),
  );
  return [
    {
      name: `fault matrix${generation === undefined ? '' : `, ${generation}`}`,
      async start() {
        field = await prepare(options, damage);
      },
      async stop() {
        faults.plan(undefined);
        await field?.[Symbol.asyncDispose]();
      },
      checks: [
        check('nothing is told without damage', 'any', async () =>
          judged(ready().problems, ok(`${ready().cases.length} cases`)),
        ),
        ...checks,
      ],
    },
  ];
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
  readonly problems: readonly Finding[];
}

async function prepare(options: FaultMatrixOptions, damage: Damageable): Promise<Field> {
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
      callTimeoutMs: CALL_TIMEOUT_MS,
      maxRequests: options.maxRequests ?? MAX_REQUESTS,
      hurried: true,
    }),
  );
  const cases: Case[] = [];
  const problems: Finding[] = [];
  for (const call of await callsOf(options, opened, simulator)) {
    // What a driver learns about an array it learns now.
    await run(call, opened);
    const asked: string[] = [];
    faults.listen((request) => asked.push(request));
    const clean = await run(call, opened);
    faults.listen(undefined);
    if (clean.error !== undefined && errorType(clean.error) === 'not_supported') continue;
    if (!isClean(clean)) {
      problems.push(failedCall(call, clean));
      continue;
    }
    const damageable = asked.filter((request) => !damage.isLogin(request));
    const plans = plansOf(damageable, damage.classOf ?? withoutNumbers);
    cases.push(...plans.map((plan) => ({ call, plan })));
  }
  const owned = stack.move();
  return { opened, cases, problems, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function runCases(
  cases: readonly Case[],
  fault: Fault,
  opened: OpenedDriver,
): Promise<{ tried: number; wrong: Finding[] }> {
  const wrong: Finding[] = [];
  let tried = 0;
  for (const [call, own] of Map.groupBy(cases, (one) => one.call)) {
    const clean = await runClean(call, opened);
    if (!isClean(clean)) {
      wrong.push(failedCall(call, clean));
      continue;
    }
    for (const { plan } of own) {
      faults.plan({ fault, ...plan });
      const damaged = await run(call, opened);
      const hits = faults.hits();
      faults.plan(undefined);
      if (hits === 0) continue;
      tried += 1;
      const after = plan.times === 1 ? clean : await run(call, opened);
      const judgement = judge(call, clean, damaged) ?? judgeAfter(call, clean, after);
      if (!judgement) continue;
      const { rule, value, expected } = judgement;
      const where = `${value}, with ${fault} for ${plan.title}`;
      wrong.push(finding(rule, call.name, { value: where, expected }));
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

const isClean = ({ error, told }: Outcome) => error === undefined && told.length === 0;

const failedCall = ({ name }: Call, outcome: Outcome): Finding =>
  finding('failed_call', name, {
    value: describeOutcome(outcome),
    expected: 'a whole answer, nothing told',
  });

const CLEAN_TRIES = 3;

/** Without damage it was whole before: on a machine that stands still an agent may answer too late. */
async function runClean(call: Call, opened: OpenedDriver): Promise<Outcome> {
  let outcome = await run(call, opened);
  for (let tries = 1; tries < CLEAN_TRIES && !isClean(outcome); tries += 1) {
    outcome = await run(call, opened);
  }
  return outcome;
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
  const asked = (await readCapabilities({ session, driver: options.driver }))?.resource_metrics;
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

interface Judgement {
  readonly rule: Rule;
  readonly value: string;
  readonly expected: string;
}

/** What is wrong with an answer under damage; undefined: nothing. */
function judge(call: Call, clean: Outcome, damaged: Outcome): Judgement | undefined {
  const bound = 3 * clean.requests + 5;
  if (damaged.requests > bound) {
    return { rule: 'many_requests', value: `${damaged.requests} requests`, expected: `at most ${bound}; ${clean.requests} without damage` }; // prettier-ignore
  }
  if (damaged.error !== undefined) {
    if (damaged.error instanceof DriverError) return undefined;
    return { rule: 'failed_call', value: messageOf(damaged.error), expected: 'an error of the contract' }; // prettier-ignore
  }
  const [truth, told] = [keyed(call, clean.value), keyed(call, damaged.value)];
  const untrue = untruth(truth, told);
  if (untrue !== undefined) return untrue;
  if (isDeepStrictEqual(truth, told) || damaged.told.length > 0) return undefined;
  const value = `${told.size} records instead of ${truth.size}, or fewer fields, and nothing told`;
  return { rule: 'untold_loss', value, expected: 'an error, or the loss told' };
}

/** The call after the damage. */
function judgeAfter(call: Call, clean: Outcome, after: Outcome): Judgement | undefined {
  if (isWhole(call, clean, after)) return undefined;
  const sticky = saysNotSupported(after.error) ? 'still "not supported": ' : '';
  const value = `${sticky}${describeOutcome(after)} in the call after it`;
  return { rule: 'not_recovered', value, expected: 'a whole answer again' };
}

/** The core takes it for a passing fault where the list has answered before. */
function saysNotSupported(error: unknown): boolean {
  if (error instanceof NotSupported) return true;
  return error instanceof Error && error.cause instanceof NotSupported;
}

function isWhole(call: Call, clean: Outcome, after: Outcome): boolean {
  if (after.error !== undefined || after.told.length > 0) return false;
  return isDeepStrictEqual(keyed(call, clean.value), keyed(call, after.value));
}

type Keyed = ReadonlyMap<string, Fields>;

/** The first record that the array does not have, or has otherwise. */
function untruth(truth: Keyed, told: Keyed): Judgement | undefined {
  for (const [key, record] of told) {
    const right = truth.get(key);
    if (right === undefined) {
      return { rule: 'untrue', value: key, expected: 'only records that the array has' };
    }
    const field = Object.keys(record).find((name) => !isDeepStrictEqual(record[name], right[name]));
    if (field !== undefined) {
      const value = `${field} = ${JSON.stringify(record[field])} of ${key}`;
      return { rule: 'untrue', value, expected: `${JSON.stringify(right[field])}, or absent and told` }; // prettier-ignore
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
