import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  AccessDenied,
  AuthenticationFailed,
  BackendError,
  BackendTimeout,
  BackendUnreachable,
  defineDriver,
  InvalidResponse,
  measures,
  NotSupported,
  Type,
  type Alert,
  type Driver,
  type Log,
  type Trap,
} from 'delfin-agent/driver';
import { createAlertTracker, type Transition } from '../../src/backend/alerts/tracker.ts';
import type { BackendConfig } from '../../src/config/schema.ts';
import { startBackend, type Backend } from '../../src/backend/backend.ts';
import { settingsOf } from '../../src/backend/settings.ts';
import type { Snapshot } from '../../src/backend/snapshot.ts';
import { createBudget } from '../../src/driver/budget.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

it('withdraws what grows stale while the array is away and the jobs back off', async () => {
  let away = false;
  const answer = <T>(value: T) => {
    if (away) throw new BackendUnreachable('no route to the array');
    return Promise.resolve(value);
  };
  const driver = defineDriver({
    vendor: 'test',
    model: 'away',
    title: 'Away',
    access: Type.Object({}),
    capabilities: () => ({
      is_historic: false,
      resource_metrics: { storage: measures({ iops: 'IOPS' }) },
    }),
    open: async (_access, { storageId, now }) => ({
      getStorage: async () => answer({ serial_number: '1' }),
      listStoragePools: async () => answer([]),
      listVolumes: async () => answer([{ native_volume_id: 'v' }]),
      collectPerfMetrics: async () => {
        const labels = {
          storage_id: storageId,
          resource_type: 'storage',
          resource_id: storageId,
          type: 'RAW',
          unit: 'IOPS',
        } as const;
        return answer([{ name: 'iops', labels, values: { [now()]: 1 } } as const]);
      },
      close: async () => {},
    }),
  });
  const snapshots: Snapshot[] = [];
  const last = () => snapshots.at(-1);
  const backend = startBackend({
    settings: settingsOf({ name: 'a', vendor: 'test', model: 'away' }),
    driver,
    budget: createBudget(2),
    log: quiet,
    output: {
      snapshot: (snapshot) => snapshots.push(snapshot),
      status() {},
      run() {},
      drop() {},
      skipped() {},
    },
    tracker: createAlertTracker({ system: 'a', onTransition: () => {} }),
    firstDelayMs: 0,
  });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(last()).toMatchObject({
    up: true,
    inventory: { volumes: [{}] },
    performance: [{ name: 'iops' }],
  });
  away = true;
  await vi.advanceTimersByTimeAsync(4 * 60_000);
  expect(last()).toMatchObject({ up: false, performance: [{ name: 'iops' }] });
  // Two intervals, at least five minutes, and half a minute.
  await vi.advanceTimersByTimeAsync(2.5 * 60_000);
  expect(last()).toMatchObject({ up: false, inventory: { volumes: [{}] }, performance: [] });
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(last()).toMatchObject({ up: false, inventory: {} });
  expect(last()?.inventory.volumes).toBeUndefined();
  await backend.stop();
});

interface Scripted {
  /** Thrown by these calls: looked up at each. */
  readonly faults: Map<string, () => Error>;
  readonly asked: string[];
  readonly logged: string[];
  readonly snapshots: Snapshot[];
  readonly transitions: Transition[];
  readonly runs: string[];
  readonly dropped: string[];
  stop(): Promise<void>;
  readonly backend: Backend;
}

/** A backend over a driver that answers what the test says. */
function run(config: Partial<BackendConfig> = {}, parse?: Driver['parseAlert']): Scripted {
  const faults = new Map<string, () => Error>();
  const asked: string[] = [];
  const answer = async <T>(call: string, value: T): Promise<T> => {
    asked.push(call);
    const fault = faults.get(call) ?? faults.get('*');
    if (fault) throw fault();
    return value;
  };
  const driver = defineDriver({
    vendor: 'test',
    model: 'scripted',
    title: 'Scripted',
    access: Type.Object({}),
    ...(parse ? { parseAlert: parse } : {}),
    open: async () => {
      await answer('open', undefined);
      return {
        getStorage: () => answer('getStorage', { serial_number: '7', model: 'Small 1' }),
        listStoragePools: () => answer('listStoragePools', []),
        listVolumes: () => answer('listVolumes', [{ native_volume_id: 'v' }]),
        listAlerts: () => answer('listAlerts', [FAULT]),
        close: async () => {},
      };
    },
  });
  const logged: string[] = [];
  const write = (level: string) => (fields: Record<string, unknown>, text: string) =>
    void logged.push(`${level} ${text} ${JSON.stringify(fields)}`);
  const scripted = {
    faults, asked, logged, snapshots: [] as Snapshot[], transitions: [] as Transition[],
    runs: [] as string[], dropped: [] as string[],
  }; // prettier-ignore
  const backend = startBackend({
    settings: settingsOf({ name: 'a', vendor: 'test', model: 'scripted', ...config }),
    driver,
    budget: createBudget(2),
    log: { debug() {}, info: write('info'), warn: write('warn'), error: write('error') },
    output: {
      snapshot: (snapshot) => scripted.snapshots.push(snapshot),
      status() {},
      run: (kind, { ok }) => scripted.runs.push(`${kind} ${ok ? 'ok' : 'failed'}`),
      drop() {},
      skipped() {},
      trapDropped: (reason) => scripted.dropped.push(reason),
    },
    tracker: createAlertTracker({
      system: 'a',
      onTransition: (transition) => scripted.transitions.push(transition),
    }),
    firstDelayMs: 0,
  });
  return { ...scripted, backend, stop: () => backend.stop() };
}

const FAULT: Alert = { alert_id: '1', severity: 'Major', category: 'Fault', match_key: 'k' };
const countOf = (list: readonly string[], what: string) =>
  list.filter((one) => one === what).length;
const minutes = (count: number) => vi.advanceTimersByTimeAsync(count * 60_000);

it('backs off each kind by itself: a list that fails does not speed up the others, nor they it', async () => {
  const { faults, asked, stop } = run({
    inventory: { interval: '10s' },
    alerts: { interval: '30s' },
    performance: { enabled: false },
  });
  faults.set('listAlerts', () => new BackendError(500, 'broken'));
  await minutes(10);
  expect(countOf(asked, 'getStorage')).toBeGreaterThan(55);
  // 30 s, 30 s, 60 s, 120 s, 240 s.
  expect(countOf(asked, 'listAlerts')).toBeLessThanOrEqual(6);
  await stop();
});

it('asks at once what failed meanwhile when a lost array is back', async () => {
  const { faults, runs, stop } = run({ performance: { enabled: false } });
  await minutes(1);
  faults.set('*', () => new BackendUnreachable('no route'));
  await minutes(40);
  faults.clear();
  runs.length = 0;
  while (runs.length === 0) await vi.advanceTimersByTimeAsync(1_000);
  // One kind was due; the other would wait for up to a quarter of an hour.
  await vi.advanceTimersByTimeAsync(2_000);
  expect(new Set(runs)).toEqual(new Set(['inventory ok', 'alerts ok']));
  await stop();
});

it('tries a login that fails once in a round, and holds an account that is refused', async () => {
  const { faults, asked, runs, stop } = run({ performance: { enabled: false } });
  faults.set('open', () => new AuthenticationFailed('wrong password'));
  await minutes(14);
  expect(countOf(asked, 'open')).toBeLessThanOrEqual(2);
  expect(asked).not.toContain('getStorage');
  expect(runs).toContain('inventory failed');
  await stop();
});

it('withdraws the alerts of a dead array after three polls', async () => {
  const { faults, snapshots, stop } = run({
    alerts: { interval: '10s' },
    performance: { enabled: false },
  });
  await minutes(1);
  expect(snapshots.at(-1)?.activeAlerts).toMatchObject({ Major: 1 });
  faults.set('*', () => new BackendUnreachable('no route'));
  const polls = () => snapshots.filter(({ up }) => !up).length;
  while (polls() === 0) await vi.advanceTimersByTimeAsync(1_000);
  expect(snapshots.at(-1)).toMatchObject({ up: false, activeAlerts: { Major: 1 } });
  await minutes(2);
  expect(snapshots.at(-1)?.activeAlerts).toBeUndefined();
  faults.clear();
  await minutes(5);
  expect(snapshots.at(-1)).toMatchObject({ up: true, activeAlerts: { Major: 1 } });
  await stop();
});

it('stays up when one call is refused, hangs or is closed: its problem is its own', async () => {
  for (const fault of [
    new AccessDenied('403'),
    new AuthenticationFailed('401'),
    new BackendTimeout('no answer'),
    new InvalidResponse('closed'),
    new BackendUnreachable('reset'),
  ]) {
    const { faults, snapshots, stop } = run({ performance: { enabled: false } });
    await minutes(1);
    faults.set('listVolumes', () => fault);
    await minutes(30);
    expect(snapshots.at(-1), fault.name).toMatchObject({ up: true, inventory: { storage: {} } });
    expect(snapshots.every(({ up }) => up)).toBe(true);
    await stop();
  }
});

it('makes a record of a trap about another array, and counts it', async () => {
  const { backend, transitions, dropped, stop } = run({}, () => []);
  void backend.trap(TRAP);
  expect(transitions).toMatchObject([{ kind: 'trap', reason: 'other_array' }]);
  expect(dropped).toEqual(['other_array']);
  await stop();
});

it('says once that the array is read, once what one cause cost, and nothing when it stops', async () => {
  const { faults, logged, stop } = run({ performance: { enabled: false } });
  await minutes(10);
  expect(logged).toEqual([
    'info the array is read {"product":"Small 1","serial_number":"7","storage_pools":0,"volumes":1}',
  ]);
  logged.length = 0;
  for (const call of ['listStoragePools', 'listVolumes', 'listAlerts'])
    faults.set(call, () => new BackendError(500, 'the service is down'));
  await minutes(20);
  expect(logged).toHaveLength(1);
  expect(logged[0]).toContain('the service is down');
  faults.clear();
  await minutes(20);
  logged.length = 0;
  await stop();
  expect(logged).toEqual([]);
});

it('takes no word for it that a list is lacking when it has answered before', async () => {
  const { faults, asked, snapshots, stop } = run({ performance: { enabled: false } });
  await minutes(1);
  faults.set('listVolumes', () => new NotSupported('404'));
  await minutes(6);
  expect(snapshots.at(-1)).toMatchObject({ inventory: { volumes: [{}] } });
  faults.clear();
  await minutes(6);
  expect(countOf(asked, 'listVolumes')).toBe(countOf(asked, 'getStorage'));
  expect(snapshots.at(-1)).toMatchObject({ up: true, inventory: { volumes: [{}] } });
  await stop();
});

it('goes by the steady clock when the wall clock goes back an hour', async () => {
  const { faults, snapshots, stop } = run({
    inventory: { interval: '10m' },
    alerts: { interval: '10s' },
    performance: { enabled: false },
  });
  await minutes(1);
  vi.setSystemTime(Date.now() - 3_600_000);
  faults.set('*', () => new BackendUnreachable('no route'));
  await minutes(1);
  expect(snapshots.at(-1)?.up).toBe(false);
  await minutes(31);
  expect(snapshots.at(-1)?.inventory.volumes).toBeUndefined();
  await stop();
});

const TRAP: Trap = {
  version: 'v2c', pdu_type: 'trap', trap_oid: '1.3.6', varbinds: [], source: '192.0.2.1',
  received_at: 1,
}; // prettier-ignore
