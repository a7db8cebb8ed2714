/** What an array's page says beyond its status: what the driver offers, what this array gives. */
import {
  BackendError,
  BackendUnreachable,
  defineDriver,
  InvalidResponse,
  measures,
  NotSupported,
  Type,
  type Component,
  type Disk,
  type ResourceType,
} from 'delfin-agent/driver';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startBackend } from '../../src/backend/backend.ts';
import { createAlertTracker } from '../../src/backend/alerts/tracker.ts';
import { settingsOf } from '../../src/backend/settings.ts';
import type { BackendConfig } from '../../src/config/schema.ts';
import { createBudget } from '../../src/driver/budget.ts';
import { quietLog } from '../kit/snapshot.ts';

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const MINUTE_MS = 60_000;

/** An array whose lists answer what the test says. */
function start(config: Partial<BackendConfig> = {}) {
  const faults = new Map<string, Error>();
  const parts: { disks: Disk[]; components: Component[] } = { disks: [], components: [] };
  const answer = async <T>(call: string, value: T): Promise<T> => {
    const fault = faults.get(call) ?? faults.get('*');
    if (fault) throw fault;
    return value;
  };
  const driver = defineDriver({
    vendor: 'test',
    model: 'detailed',
    title: 'Detailed',
    access: Type.Object({}),
    methods: ['listDisks', 'listPorts', 'listShares', 'listComponents', 'collectPerfMetrics'],
    capabilities: () => ({
      is_historic: false,
      resource_metrics: {
        storage: measures({ iops: 'IOPS', readIops: 'IOPS' }),
        volume: measures({ iops: 'IOPS' }),
      },
    }),
    open: async (_access, { storageId, now, log }) => ({
      getStorage: () => answer('getStorage', {}),
      listStoragePools: () => answer('listStoragePools', []),
      listVolumes: () => answer('listVolumes', [{ native_volume_id: 'v' }]),
      listDisks: async () => {
        const missing = faults.get('part of disks');
        if (missing) log.warn({ err: missing }, 'a part is missing');
        return await answer('listDisks', parts.disks);
      },
      listShares: () => answer('listShares', []),
      listComponents: () => answer('listComponents', parts.components),
      getCapabilities: async () => ({
        is_historic: false,
        turns: { storage: 900 },
        resource_metrics: { storage: measures({ iops: 'IOPS' }) },
      }),
      collectPerfMetrics: async () => {
        const labels = {
          storage_id: storageId,
          resource_type: 'storage' as ResourceType,
          resource_id: storageId,
          type: 'RAW',
          unit: 'IOPS',
        } as const;
        return await answer('collectPerfMetrics', [
          { name: 'iops', labels, values: { [now() - 5_000]: 1 } } as const,
        ]);
      },
      close: async () => {},
    }),
  });
  const backend = startBackend({
    settings: settingsOf({ name: 'a', vendor: 'test', model: 'detailed', ...config }),
    driver,
    budget: createBudget(3),
    log: quietLog,
    output: { snapshot() {}, status() {}, run() {}, drop() {}, skipped() {} },
    tracker: createAlertTracker({ system: 'a', onTransition: () => {} }),
    firstDelayMs: 1_000,
  });
  const list = (name: string) => backend.details().lists.find((one) => one.list === name);
  return { backend, faults, parts, list };
}

const rounds = (count: number) => vi.advanceTimersByTimeAsync(count * 5 * MINUTE_MS);

it('says of each list what the driver offers, what this array gives, and when it was read', async () => {
  const { backend, faults, list } = start({ inventory: { exclude: ['shares'] } });
  expect(list('volumes')).toEqual({ list: 'volumes', offered: true, state: 'unknown' });
  faults.set('listComponents', new NotSupported('no parts here'));
  faults.set('listDisks', new BackendError('7', 'out of order'));
  await vi.advanceTimersByTimeAsync(2_000);
  const at = Date.now();
  expect(list('volumes')).toMatchObject({ offered: true, state: 'read', records: 1 });
  expect(at - (list('volumes')?.read_at ?? 0)).toBeLessThanOrEqual(2_000);
  expect(list('disks')).toEqual({ list: 'disks', offered: true, state: 'failed' });
  expect(list('shares')).toEqual({ list: 'shares', offered: true, state: 'excluded' });
  // The driver could, the session does not; the driver could, the array says no; nobody could.
  expect(list('ports')).toEqual({ list: 'ports', offered: true, state: 'absent' });
  expect(list('components')).toEqual({ list: 'components', offered: true, state: 'absent' });
  expect(list('quotas')).toEqual({ list: 'quotas', offered: false, state: 'absent' });
  await backend.stop();
});

it('tells a list that is kept from one that lacks a part, and from one that was not asked for', async () => {
  const { backend, faults, list } = start();
  await vi.advanceTimersByTimeAsync(2_000);
  const read = list('disks')?.read_at ?? NaN;
  faults.set('listDisks', new BackendError('7', 'out of order'));
  await rounds(2);
  expect(list('disks')).toMatchObject({ state: 'kept', read_at: read });
  faults.delete('listDisks');
  faults.set('part of disks', new InvalidResponse('shelf 3 does not answer'));
  await rounds(2);
  expect(list('disks')?.state).toBe('partial');
  expect(list('disks')?.read_at).toBeGreaterThan(read);
  faults.set('*', new BackendUnreachable('gone'));
  await rounds(7);
  expect(list('volumes')).toEqual({ list: 'volumes', offered: true, state: 'unknown' });
  await backend.stop();
});

it('says of each type what is measured, what of it has samples, and how old the newest is', async () => {
  const { backend, faults } = start();
  const of = (type: ResourceType) =>
    backend.details().resources.find(({ resource_type: one }) => one === type);
  expect(of('storage')).toEqual({
    resource_type: 'storage', excluded: false, offered: ['iops', 'readIops'], sampled: [], series: 0,
  }); // prettier-ignore
  await vi.advanceTimersByTimeAsync(2_000);
  const storage = of('storage');
  expect(storage).toMatchObject({ given: ['iops'], sampled: ['iops'], series: 1, turn: 900 });
  expect(of('volume')).toMatchObject({ offered: ['iops'], given: [], sampled: [], series: 0 });
  expect(of('disk')).toBeUndefined();
  faults.set('*', new BackendUnreachable('gone'));
  await rounds(6);
  const stale = of('storage');
  expect(stale).toMatchObject({ sampled: [], series: 0 });
  expect(stale?.newest_sample_at).toBeGreaterThanOrEqual(storage?.newest_sample_at ?? NaN);
  expect(Date.now() - (stale?.newest_sample_at ?? NaN)).toBeGreaterThan(20 * MINUTE_MS);
  await backend.stop();
});

it('says what is not asked for, and how often the rest is', async () => {
  const { backend } = start({
    performance: { resources: ['storage'] },
    alerts: { enabled: false },
  });
  await vi.advanceTimersByTimeAsync(2_000);
  const { resources, intervals, budget, servers } = backend.details();
  expect(resources.map(({ resource_type: type, excluded }) => [type, excluded])).toEqual([
    ['storage', false],
    ['volume', true],
  ]);
  expect(intervals).toEqual({ inventory: 5 * MINUTE_MS, performance: MINUTE_MS });
  expect([budget, servers]).toEqual([{ limit: 3, in_flight: 0, waiting: 0 }, []]);
  await backend.stop();
});

it('names what is not well, a hundred at most, and counts parts by type and state', async () => {
  const { backend, parts } = start();
  parts.components = [
    { native_component_id: 'f1', type: 'fan', status: 'ok' },
    { native_component_id: 'f2', type: 'fan', status: 'failed', location: 'left' },
    { native_component_id: 'f3', type: 'fan', status: 'unknown' },
    { native_component_id: 's', type: 'sfp' },
  ];
  parts.disks = [
    { native_disk_id: 'well', status: 'normal' },
    ...Array.from({ length: 100 }, (_, at) => ({
      native_disk_id: `d${at}`,
      name: `disk ${at}`,
      status: 'offline' as const,
    })),
  ];
  await vi.advanceTimersByTimeAsync(2_000);
  const { components, ailing, ailing_total } = backend.details();
  expect(components).toEqual({ fan: { ok: 1, failed: 1, unknown: 1 }, sfp: { unknown: 1 } });
  expect([ailing.length, ailing_total]).toEqual([100, 101]);
  expect(ailing.slice(0, 2)).toEqual([
    { list: 'components', id: 'f2', location: 'left', status: 'failed' },
    { list: 'disks', id: 'd0', name: 'disk 0', status: 'offline' },
  ]);
  await backend.stop();
});
