/** Arrays whose simulators stand still unless they are given a clock go on with one, as in a demo. */
import { expect, it } from 'vitest';
import type { Driver } from 'delfin-agent/driver';
import { createRegistry } from '../../src/registry.ts';
import { openDriver, type OpenedDriver } from '../../src/testing/open.ts';
import { gather } from '../kit/samples.ts';
import { loadSimulator } from '../simulators/all.ts';

const MINUTE_MS = 60_000;

it.each(['dellemc-powerstore', 'huawei-oceanstor', 'ibm-storwize_svc', 'netapp-ontap'])(
  '%s has newer samples when ten minutes have gone by',
  async (name) => {
    let now = Date.now() - 10 * MINUTE_MS;
    const { start, vendor, model } = await loadSimulator(name);
    const small = { clock: () => now, volumes: 5 };
    await using array = await start(small);
    const { registry } = await createRegistry([], '.');
    const driver = await registry.find(vendor, model);
    await using opened = openDriver(driver, array.access, { now: () => now });
    const before = await newestSample(driver, opened, now);
    now += 10 * MINUTE_MS;
    const after = await newestSample(driver, opened, now);
    expect(after - before).toBe(10 * MINUTE_MS);
  },
);

async function newestSample(driver: Driver, { session }: OpenedDriver, now: number) {
  const metrics = await session.call('collectPerfMetrics', async (open, signal) => {
    const can = (await open.getCapabilities?.(signal)) ?? driver.capabilities?.();
    const begin = now - 9 * MINUTE_MS;
    const asked = { volume: can?.resource_metrics['volume'] ?? {} };
    return gather(open.collectPerfMetrics?.(asked, begin, now, signal));
  });
  const times = metrics.flatMap((metric) =>
    'labels' in metric ? Object.keys(metric.values).map(Number) : Array.from(metric.times),
  );
  return times.reduce((newest, time) => Math.max(newest, time), 0);
}
