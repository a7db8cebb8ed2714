import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BackendUnreachable, defineDriver, measures, Type, type Log } from 'delfin-agent/driver';
import { createAlertTracker } from '../../src/backend/alerts/tracker.ts';
import { startBackend } from '../../src/backend/backend.ts';
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
