/**
 * One suite for every driver and its simulator. A driver's own test calls it and adds its specials:
 *
 *   describeConformance({ driver, simulator });
 *
 * It compares what the driver returns, after the core's checks, with the simulator's own truth:
 * every record of every list, field by field, and every sample of a window.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Driver, ListMethod, Session } from 'delfin-agent/driver';
import {
  AccessDenied,
  AuthenticationFailed,
  errorType,
  NotSupported,
  OPTIONAL_METHODS,
  type OptionalMethod,
} from 'delfin-agent/driver';
import { LISTS, type ListDefinition } from '../../src/backend/lists.ts';
import type { Method } from '../../src/backend/session.ts';
import { checkRecord } from '../../src/backend/validate.ts';
import { AlertSchema, type Alert } from '../../src/driver/alerts.ts';
import type { PerfSeries } from '../../src/backend/columns.ts';
import { danglingReferences } from './references.ts';
import { openDriver, TEST_SYSTEM, type Fields, type OpenedDriver } from './open.ts';
import {
  CANARY_PASSWORD,
  withSteadyAges,
  type Scenario,
  type Simulator,
  type SimulatorDefinition,
} from './simulator.ts';
import { checkedSeries, gather } from './samples.ts';

export interface ConformanceOptions {
  readonly driver: Driver;
  readonly simulator: SimulatorDefinition;
  /** Sessions open at the same time; 2 for a driver that uses REST and SSH. */
  readonly maxSessions?: number;
  /** The configured model by generation; the driver's first if absent. */
  readonly modelOf?: (generation: string | undefined) => string;
  /** Length of the performance window, ms. */
  readonly windowMs?: number;
  /** List methods whose records may legally be refused in the scenario `unlicensed`; all if absent. */
  readonly optional?: readonly ListMethod[];
}

export function describeConformance(options: ConformanceOptions): void {
  const { simulator } = options;
  describe(`conformance of ${simulator.vendor} ${simulator.model}`, () => {
    const offered = new Set<OptionalMethod>();
    for (const generation of simulator.generations) {
      describe(`generation ${generation}`, () => {
        describeComplete(options, 'normal', generation, offered);
        describeComplete(options, 'sparse', generation, offered);
      });
    }
    it('declares the methods that its sessions offer, of any generation', () => {
      expect([...(options.driver.methods ?? [])].sort()).toEqual([...offered].sort());
    });
    for (const scenario of ['expired', 'busy'] as const) {
      describe(scenario, () => describeComplete(options, scenario));
    }
    describeRefusedLogin(options);
    describeUnlicensed(options);
    describeFaults(options);
    describeHuge(options);
  });
}

interface Running {
  readonly simulator: Simulator;
  readonly opened: OpenedDriver;
}

function start(options: ConformanceOptions, scenario: Scenario, generation?: string) {
  const running = {} as { -readonly [K in keyof Running]: Running[K] };
  beforeAll(async () => {
    running.simulator = await options.simulator.start({
      scenario,
      seed: 42,
      ...(generation ? { generation } : {}),
    });
    const model = options.modelOf?.(generation);
    running.opened = openDriver(options.driver, running.simulator.access, model ? { model } : {});
  });
  afterAll(async () => {
    await running.opened?.[Symbol.asyncDispose]();
    await running.simulator?.[Symbol.asyncDispose]();
  });
  return running;
}

/** Everything the array has arrives, nothing else, whatever the scenario throws in between. */
function describeComplete(
  options: ConformanceOptions,
  scenario: Scenario,
  generation?: string,
  offered = new Set<OptionalMethod>(),
): void {
  const running = start(options, scenario, generation);

  it(`${scenario}: reads the storage`, async () => {
    const storage = await running.opened.getStorage();
    expect(withoutStorageId(storage)).toEqual(running.simulator.truth.storage);
  });

  it(`${scenario}: tells where its console is and where its traps come from`, async () => {
    const { session } = running.opened;
    for (const method of OPTIONAL_METHODS) if (await session.offers(method)) offered.add(method);
    const { accessUrl, alertSources } = running.simulator.truth;
    const tell = async <T>(method: OptionalMethod, call: Method<T>) =>
      (await session.offers(method)) ? await session.call(method, call) : undefined;
    expect(await tell('getAccessUrl', (open, signal) => open.getAccessUrl?.(signal))).toBe(
      accessUrl,
    );
    const sources = await tell('listAlertSources', (open, signal) =>
      open.listAlertSources?.(signal),
    );
    expect(sources && [...sources].sort()).toEqual(alertSources && [...alertSources].sort());
  });

  for (const list of LISTS) {
    it(`${scenario}: ${list.method} is complete and right`, async () => {
      const expected = running.simulator.truth.lists[list.method];
      if (expected === undefined) {
        expect(await answer(running.opened, list.method)).toBe('absent');
        return;
      }
      const actual = await running.opened.list(list.method);
      expectParts(list, actual, expected);
    });
  }

  it(`${scenario}: ids refer to each other`, async () => {
    expect(await danglingReferences(running)).toEqual([]);
  });

  it(`${scenario}: lists the alerts`, async () => {
    const expected = running.simulator.truth.alerts;
    const actual = await listAlerts(running.opened);
    if (actual === undefined) {
      expect(expected).toEqual([]);
      return;
    }
    expect(sorted(actual.map(withoutStorageId))).toEqual(sorted(expected));
    const keys = actual.map((alert, index) => alert.match_key ?? index);
    expect(new Set(keys).size, 'alerts with keys of their own').toBe(keys.length);
  });

  it(`${scenario}: returns every sample of the window once, in the stated unit`, async () => {
    await expectSamples(options, running);
  });

  it(`${scenario}: one session, no write, no secret told, nothing dropped but unknown values`, async () => {
    const { stats } = running.simulator;
    expect(stats.writes).toEqual([]);
    expect(stats.maxOpenSessions).toBeLessThanOrEqual(options.maxSessions ?? 1);
    expect(running.opened.logged.filter((line) => line.includes(CANARY_PASSWORD))).toEqual([]);
    const drops = running.opened.drops.filter((drop) => drop.reason !== 'unknown_value');
    expect(drops).toEqual([]);
    await running.opened[Symbol.asyncDispose]();
    expect(stats.openSessions).toBe(0);
  });
}

async function answer(opened: OpenedDriver, method: ListMethod): Promise<unknown> {
  try {
    return await opened.list(method);
  } catch (error) {
    if (error instanceof NotSupported || error instanceof AccessDenied) return 'absent';
    throw error;
  }
}

async function listAlerts(opened: OpenedDriver): Promise<Alert[] | undefined> {
  if (!(await opened.session.offers('listAlerts'))) return undefined;
  const alerts = await opened.session.call('listAlerts', (session, signal) =>
    session.listAlerts?.({}, signal),
  );
  return alerts.map((alert) => {
    const checked = checkRecord<Alert>(AlertSchema, 'alerts', alert, TEST_SYSTEM, (drop) =>
      opened.drops.push(drop),
    );
    if (!checked) throw new Error(`alert does not fit its schema: ${JSON.stringify(alert)}`);
    return checked;
  });
}

function expectParts(list: ListDefinition, actual: unknown, expected: unknown): void {
  const parts = (value: unknown) =>
    list.parts.length > 1
      ? (value as Record<string, readonly Fields[]>)
      : { [list.parts[0].name]: value as readonly Fields[] };
  for (const part of list.parts) {
    const got = sorted(
      (parts(actual)[part.name] ?? []).map((one) => withSteadyAges(withoutStorageId(one))),
    );
    const written = (record: Fields) =>
      withSteadyAges(NAMED.has(part.name) ? withNames(record) : record);
    const wanted = sorted((parts(expected)[part.name] ?? []).map(written));
    expect(got.length, `${part.name}: number of records`).toBe(wanted.length);
    for (const [index, record] of wanted.entries()) {
      expect(got[index], `${part.name}[${index}]`).toEqual(record);
    }
  }
}

function withoutStorageId(record: Fields): Fields {
  const { storage_id: _, ...rest } = record;
  return rest;
}

/** Parts whose `wwn` is the name of a port. */
const NAMED: ReadonlySet<string> = new Set(['ports', 'storage_host_initiators']);

/** 64-bit names as the core writes them, however the vendor does. */
function withNames(record: Fields): Fields {
  const { wwn } = record;
  const plain = typeof wwn === 'string' ? wwn.replaceAll(/^0x|[:-]/g, '').toUpperCase() : '';
  if (!/^[0-9A-F]{16}$/.test(plain)) return record;
  return { ...record, wwn: plain.replaceAll(/(..)(?=.)/g, '$1:') };
}

/** Records in an order of their own, so that the array's order doesn't matter. */
function sorted(records: readonly Fields[]): Fields[] {
  const key = (record: Fields) =>
    JSON.stringify(
      Object.entries(record)
        .filter(
          ([name]) =>
            name.startsWith('native_') || name === 'sequence_number' || name === 'alert_id',
        )
        .sort(),
    );
  return [...records].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

async function expectSamples(
  options: ConformanceOptions,
  { simulator, opened }: Running,
): Promise<void> {
  const end = Date.now();
  const begin = end - (options.windowMs ?? 15 * 60_000);
  if (!(await opened.session.offers('collectPerfMetrics'))) {
    expect(simulator.truth.samples(begin, end)).toEqual([]);
    return;
  }
  const capabilities = (await opened.session.offers('getCapabilities'))
    ? await opened.session.call('getCapabilities', (session, signal) =>
        session.getCapabilities?.(signal),
      )
    : options.driver.capabilities?.();
  const metrics = await opened.session.call('collectPerfMetrics', (session: Session, signal) =>
    gather(session.collectPerfMetrics?.(capabilities?.resource_metrics ?? {}, begin, end, signal)),
  );
  for (const metric of metrics) {
    const { resource_type, unit } = 'labels' in metric ? metric.labels : metric;
    const stated = capabilities?.resource_metrics[resource_type]?.[metric.name];
    expect(stated?.unit, `${resource_type} ${metric.name}: unit`).toBe(unit);
  }
  const { series, drops } = checkedSeries(metrics, Date.now());
  expect(drops).toEqual({ invalidSeries: 0, invalidSamples: 0 });
  // An array that only knows "now" answers with the time of the request.
  const expected = simulator.truth.samples(begin, capabilities?.is_historic ? end : Date.now());
  const actual = new Map(flatten(series).map((sample) => [sample.key, sample.value]));
  for (const { resource_type, resource_id, name, time, value } of expected) {
    const id = resource_type === 'storage' ? TEST_SYSTEM : resource_id;
    const key = `${resource_type} ${id} ${name} ${time}`;
    expect(actual.has(key), `sample ${key} is missing`).toBe(true);
    const got = actual.get(key) ?? Number.NaN;
    if (Math.abs(got - value) > 1e-9 + Math.abs(value) * 1e-6) expect(got, key).toBe(value);
    actual.delete(key);
  }
  // What the core may fill in: overall = read + write.
  const surplus = [...actual.keys()].filter((key) => !/ (iops|throughput) \d+$/.test(key));
  expect(surplus.slice(0, 5)).toEqual([]);
}

function flatten(series: readonly PerfSeries[]): { key: string; value: number }[] {
  return series.flatMap((one) =>
    one.times.map((time, index) => ({
      key: `${one.resource_type} ${one.resource_id} ${one.name} ${time}`,
      value: one.values[index] ?? Number.NaN,
    })),
  );
}

function describeRefusedLogin(options: ConformanceOptions): void {
  for (const scenario of ['badpassword', 'locked'] as const) {
    describe(scenario, () => {
      const running = start(options, scenario);

      it('is AuthenticationFailed after one attempt, with a message and without the password', async () => {
        const error: unknown = await running.opened.getStorage().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error).toBeInstanceOf(AuthenticationFailed);
        expect((error as Error).message.length).toBeGreaterThan(10);
        expect(String((error as Error).stack)).not.toContain(CANARY_PASSWORD);
        expect(running.simulator.stats.logins).toBeLessThanOrEqual(options.maxSessions ?? 1);
        expect(running.simulator.stats.openSessions).toBe(0);
      });
    });
  }
}

/** An unlicensed feature costs its own list only. */
function describeUnlicensed(options: ConformanceOptions): void {
  describe('unlicensed', () => {
    const running = start(options, 'unlicensed');

    it('still reads the storage and its pools', async () => {
      expect((await running.opened.getStorage()).storage_id).toBe(TEST_SYSTEM);
      expect(await running.opened.list('listStoragePools')).not.toEqual([]);
    });

    it('answers every other list, or says that it is not supported or not allowed', async () => {
      const refused: string[] = [];
      for (const list of LISTS) {
        const expected = running.simulator.truth.lists[list.method];
        const actual = await answer(running.opened, list.method);
        if (actual === 'absent') refused.push(list.method);
        else expectParts(list, actual, expected ?? []);
      }
      expect(refused.length).toBeLessThan(LISTS.length - 2);
    });
  });
}

function describeFaults(options: ConformanceOptions): void {
  for (const [scenario, type] of [
    ['hang', 'timeout'],
    ['garbage', 'invalid_response'],
  ] as const) {
    describe(scenario, () => {
      it(`ends every call as ${type}`, async () => {
        await using simulator = await options.simulator.start({ scenario, seed: 42 });
        await using opened = openDriver(options.driver, simulator.access, {
          callTimeoutMs: 1_000,
          openTimeoutMs: 2_000,
        });
        const calls = [
          () => opened.getStorage(),
          () => opened.list('listStoragePools'),
          () => opened.list('listVolumes'),
        ];
        for (const call of calls) {
          const error: unknown = await call().then(
            () => undefined,
            (reason: unknown) => reason,
          );
          expect(errorType(error), String(error)).toBe(type);
        }
      });
    });
  }
}

function describeHuge(options: ConformanceOptions): void {
  describe('huge', () => {
    const running = start(options, 'huge');

    it('lists 20,000 volumes, each once', async () => {
      const before = running.opened.traffic.requests;
      const started = performance.now();
      const volumes = (await running.opened.list('listVolumes')) as readonly Fields[];
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(
        `${options.simulator.vendor} ${options.simulator.model}: ${volumes.length} volumes, ${running.opened.traffic.requests - before} requests, ${seconds} s`,
      );
      expect(volumes.length).toBe(
        (running.simulator.truth.lists.listVolumes as readonly Fields[]).length,
      );
      expect(volumes.length).toBeGreaterThanOrEqual(20_000);
      expect(running.opened.drops.filter((drop) => drop.reason === 'duplicate')).toEqual([]);
      expect(running.simulator.stats.maxOpenSessions).toBeLessThanOrEqual(options.maxSessions ?? 1);
    });
  });
}
