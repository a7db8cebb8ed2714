/**
 * What every driver has to hold over its simulator, as checks: what it returns, after the core's
 * checks, against the simulator's own truth, every record of every list, field by field, and every
 * sample of a window; its session, its log, its end; and how it fails.
 */
import { LISTS, type Fields } from '../backend/lists.ts';
import { OPTIONAL_METHODS, type Driver, type OptionalMethod } from '../driver/driver.ts';
import { AuthenticationFailed, errorType, type ErrorType } from '../driver/errors.ts';
import { readingChecks } from './array.ts';
import { absent, check, finding, judged, ok, type Check, type CheckGroup } from './check.ts';
import { openDriver, type OpenOptions } from './open.ts';
import {
  answerOf,
  checkManners,
  comparedWith,
  hasRequired,
  leaks,
  partsOf,
  type Reading,
} from './reading.ts';
import { checkSignals } from './signals.ts';
import {
  CANARY_PASSWORD,
  SCENARIOS,
  type Scenario,
  type Simulator,
  type SimulatorDefinition,
} from './simulator.ts';
import { checkTraps } from './traps.ts';

export interface ConformanceOptions {
  readonly driver: Driver;
  readonly simulator: SimulatorDefinition;
  /** Sessions open at the same time, instead of the simulator's `sessions`. */
  readonly maxSessions?: number;
  /** The configured model by generation; the generation if it is a model, else the driver's first. */
  readonly modelOf?: (generation: string | undefined) => string | undefined;
  /** Length of the performance window, ms; 15 min if absent. */
  readonly windowMs?: number;
  /** Requests that one call may make; 20,000 if absent. A list that asks for more has no end. */
  readonly maxRequests?: number;
  /** How soon a call has to end after its signal, ms; 5 s if absent. */
  readonly graceMs?: number;
}

const SEED = 42;
const WINDOW_MS = 15 * 60_000;
const MAX_REQUESTS = 20_000;
const GRACE_MS = 5_000;
const HUGE = 20_000;

/** All of it, as far as the simulator knows the scenarios. */
export function conformance(options: ConformanceOptions): readonly CheckGroup[] {
  const { simulator, driver } = options;
  const known = simulator.scenarios ?? SCENARIOS;
  const offered = new Set<OptionalMethod>();
  const complete = simulator.generations.flatMap((generation) =>
    (['normal', 'sparse'] as const).map((scenario) => ({ scenario, generation })),
  );
  const groups: readonly (readonly [Scenario, CheckGroup])[] = [
    ...complete.map((where): [Scenario, CheckGroup] => [
      where.scenario,
      completeGroup(options, where, offered),
    ]),
    ['normal', declaredGroup(options, driver, offered)],
    ['expired', completeGroup(options, { scenario: 'expired' })],
    ['busy', completeGroup(options, { scenario: 'busy' })],
    ['badpassword', refusedGroup(options, 'badpassword')],
    ['locked', refusedGroup(options, 'locked')],
    ['unlicensed', unlicensedGroup(options)],
    ['hang', faultGroup(options, 'hang', 'timeout')],
    ['garbage', faultGroup(options, 'garbage', 'invalid_response')],
    ['huge', hugeGroup(options)],
  ];
  return groups.flatMap(([scenario, one]) => (known.includes(scenario) ? [one] : []));
}

interface Where {
  readonly scenario: Scenario;
  readonly generation?: string;
}

interface Running {
  readonly simulator: Simulator;
  readonly reading: Reading & { readonly truth: NonNullable<Reading['truth']> };
}

const sessionsOf = ({ maxSessions, simulator }: ConformanceOptions) =>
  maxSessions ?? simulator.sessions ?? 1;

/** A group of checks over one simulated array that runs meanwhile. */
function group(
  options: ConformanceOptions,
  { scenario, generation }: Where,
  checksOf: (running: () => Running) => readonly Check[],
  open: OpenOptions = {},
): CheckGroup {
  const { driver, simulator: definition, maxRequests = MAX_REQUESTS } = options;
  const { modelOf = (word) => [driver.model].flat().find((model) => model === word) } = options;
  const several = definition.generations.length > 1;
  let running: Running | undefined;
  const get = () => {
    if (!running) throw new Error('the simulator has not been started');
    return running;
  };
  return {
    name: several && generation !== undefined ? `${scenario}, ${generation}` : scenario,
    checks: checksOf(get),
    async start() {
      const of = generation === undefined ? {} : { generation };
      const simulator = await definition.start({ scenario, seed: SEED, ...of });
      const model = modelOf(generation);
      const opened = openDriver(driver, simulator.access, {
        maxRequests,
        ...(model === undefined ? {} : { model }),
        ...open,
      });
      running = { simulator, reading: { opened, truth: simulator.truth, parts: {} } };
    },
    async stop() {
      await running?.reading.opened[Symbol.asyncDispose]();
      await running?.simulator[Symbol.asyncDispose]();
      running = undefined;
    },
  };
}

/** Everything the array has arrives, nothing else, whatever the scenario throws in between. */
function completeGroup(
  options: ConformanceOptions,
  where: Where,
  offered = new Set<OptionalMethod>(),
): CheckGroup {
  const { driver, windowMs = WINDOW_MS, graceMs = GRACE_MS } = options;
  const first =
    where.scenario === 'normal' && where.generation === options.simulator.generations[0];
  return group(options, where, (running) => {
    const reading = () => running().reading;
    return [
      check('the session has what it must have', 'open', async () => {
        const { opened } = reading();
        const result = await hasRequired(reading());
        for (const method of OPTIONAL_METHODS)
          if (await opened.session.offers(method)) offered.add(method);
        return result;
      }),
      ...readingChecks(reading, driver, windowMs),
      ...(first
        ? [
            check('parseAlert', 'parseAlert', () => checkTraps(driver, reading())),
            check('every call ends with its signal', 'any', () =>
              checkSignals(reading().opened, graceMs),
            ),
          ]
        : []),
      check('one session, no write, no secret told, logged out', 'close', () =>
        checkManners(reading(), running().simulator.stats, {
          secrets: [CANARY_PASSWORD],
          maxSessions: sessionsOf(options),
        }),
      ),
    ];
  });
}

/** After all generations: what `methods` of the driver says is what their sessions offer. */
function declaredGroup(
  { simulator }: ConformanceOptions,
  { methods }: Driver,
  offered: ReadonlySet<OptionalMethod>,
): CheckGroup {
  const look = async () => {
    if (!methods) return absent('the driver does not declare its methods');
    const surplus = methods.filter((method) => !offered.has(method));
    const missing = [...offered].filter((method) => !methods.includes(method));
    return judged([
      ...surplus.map((method) => finding('undeclared_method', method, { value: 'declared', expected: 'a method that some session of the driver has' })), // prettier-ignore
      ...missing.map((method) => finding('undeclared_method', method, { value: 'not declared', expected: 'its name in `methods`' })), // prettier-ignore
    ]);
  };
  const name = simulator.generations.length > 1 ? 'all generations' : 'declaration';
  return {
    name,
    checks: [check('methods', 'methods', look)],
    start: async () => {},
    stop: async () => {},
  };
}

const failureOf = (work: Promise<unknown>): Promise<Error | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );

function refusedGroup(options: ConformanceOptions, scenario: 'badpassword' | 'locked'): CheckGroup {
  const maxSessions = sessionsOf(options);
  return group(options, { scenario }, (running) => [
    check('AuthenticationFailed after one attempt, with a reason, without the password', 'open', async () => {
      const { simulator, reading } = running();
      const error = await failureOf(reading.opened.getStorage());
      const findings = leaks([error?.stack ?? ''], [CANARY_PASSWORD]);
      if (!(error instanceof AuthenticationFailed)) {
        const value = error === undefined ? 'an answer' : String(error);
        findings.push(finding('wrong_error', 'open', { value, expected: 'AuthenticationFailed' }));
      } else if (error.message.length <= 10) {
        findings.push(finding('wrong_error', 'open', { value: error.message, expected: 'a message that says who was refused, where and why' })); // prettier-ignore
      }
      const { logins, openSessions } = simulator.stats;
      if (logins > maxSessions) {
        findings.push(finding('wrong_error', 'open', { value: `${logins} logins`, expected: 'no second attempt: it locks accounts' })); // prettier-ignore
      }
      if (openSessions > 0) {
        findings.push(finding('not_logged_out', 'open', { value: `${openSessions} sessions`, expected: 'none' })); // prettier-ignore
      }
      return judged(findings);
    }),
  ]); // prettier-ignore
}

/** An unlicensed feature costs its own list only. */
function unlicensedGroup(options: ConformanceOptions): CheckGroup {
  return group(options, { scenario: 'unlicensed' }, (running) => [
    check('the storage and its pools are read', 'listStoragePools', async () => {
      const { opened } = running().reading;
      await opened.getStorage();
      const pools = await opened.list('listStoragePools');
      if (Array.isArray(pools) && pools.length > 0) return ok();
      return judged([finding('incomplete_list', 'listStoragePools', { value: 'no pools', expected: 'those of the array' })]); // prettier-ignore
    }),
    check('every other list is answered whole, or said to be not supported', 'any', async () => {
      const { opened, truth } = running().reading;
      const findings = [];
      for (const list of LISTS) {
        const { method } = list;
        const got = partsOf(list, await answerOf(opened, method));
        if (got) findings.push(...comparedWith(list, got, truth.lists[method] ?? noneOf(list)));
        else if (method === 'listStoragePools' || method === 'listVolumes') {
          findings.push(finding('incomplete_list', method, { value: 'refused', expected: 'an unlicensed feature to cost its own list only' })); // prettier-ignore
        }
      }
      return judged(findings);
    }),
  ]);
}

const noneOf = ({ parts }: (typeof LISTS)[number]) =>
  parts.length > 1 ? Object.fromEntries(parts.map(({ name }) => [name, []])) : [];

function faultGroup(
  options: ConformanceOptions,
  scenario: 'hang' | 'garbage',
  expected: ErrorType,
): CheckGroup {
  const bounds = { callTimeoutMs: 1_000, openTimeoutMs: 2_000 };
  return group(
    options,
    { scenario },
    (running) => [
      check(`every call ends as ${expected}`, 'any', async () => {
        const { opened } = running().reading;
        const calls = [
          ['getStorage', () => opened.getStorage()],
          ['listStoragePools', () => opened.list('listStoragePools')],
          ['listVolumes', () => opened.list('listVolumes')],
        ] as const;
        const findings = [];
        for (const [name, call] of calls) {
          const error = await failureOf(call());
          if (error !== undefined && errorType(error) === expected) continue;
          const value = error === undefined ? 'an answer' : `${errorType(error)}: ${String(error)}`;
          findings.push(finding('wrong_error', name, { value, expected }));
        }
        return judged(findings);
      }),
    ],
    bounds,
  );
}

function hugeGroup(options: ConformanceOptions): CheckGroup {
  const maxSessions = sessionsOf(options);
  return group(
    options,
    { scenario: 'huge' },
    (running) => [
      check('20,000 volumes, each once', 'listVolumes', async () => {
        const { simulator, reading } = running();
        const { opened, truth } = reading;
        const before = opened.traffic.requests;
        const started = performance.now();
        const volumes = (await opened.list('listVolumes')) as readonly Fields[];
        const seconds = ((performance.now() - started) / 1_000).toFixed(1);
        const wanted = (truth.lists.listVolumes as readonly Fields[]).length;
        const findings = [];
        if (volumes.length !== wanted || wanted < HUGE) {
          findings.push(finding('incomplete_list', 'listVolumes', { value: `${volumes.length} volumes`, expected: `${Math.max(wanted, HUGE)}` })); // prettier-ignore
        }
        if (opened.drops.some(({ reason }) => reason === 'duplicate')) {
          findings.push(finding('duplicate_id', 'listVolumes', { expected: 'each volume once' }));
        }
        if (simulator.stats.maxOpenSessions > maxSessions) {
          findings.push(finding('several_sessions', 'open', { value: `${simulator.stats.maxOpenSessions} sessions`, expected: `at most ${maxSessions}` })); // prettier-ignore
        }
        const asked = opened.traffic.requests - before;
        return judged(findings, ok(`${volumes.length} volumes, ${asked} requests, ${seconds} s`));
      }),
    ],
    { maxRequests: Infinity },
  );
}
