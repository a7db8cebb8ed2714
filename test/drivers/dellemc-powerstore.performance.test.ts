/** Dell PowerStore: whose turn it is, rows that stand for several times, the archive of all objects. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Capabilities, ResourceMetrics } from 'delfin-agent/driver';
import { readArchive } from '../../drivers/dellemc-powerstore/archive.ts';
import driver from '../../drivers/dellemc-powerstore/index.ts';
import { FAMILIES, timesOf } from '../../drivers/dellemc-powerstore/metrics.ts';
import { createTurns, type Target } from '../../drivers/dellemc-powerstore/turns.ts';
import { sendJson, serve } from '../kit/http-server.ts';
import { openDriver, type OpenedDriver } from '../../src/testing/open.ts';
import { checkedSeries, gather } from '../kit/samples.ts';
import { start, type StartOptions } from '../simulators/dellemc-powerstore/index.ts';
import { archiveOf } from '../simulators/dellemc-powerstore/tar.ts';

const cleanup: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of cleanup.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

async function opened(options: StartOptions) {
  const running = await start({ seed: 7, snapshots: 4, ...options });
  cleanup.push(running);
  const open = openDriver(driver, running.access);
  cleanup.push(open);
  return { running, open };
}

const VOLUMES: ResourceMetrics = { volume: driver.capabilities?.().resource_metrics.volume ?? {} };

async function collect(open: OpenedDriver, asked: ResourceMetrics, from: number, to: number) {
  const metrics = await open.session.call('collectPerfMetrics', (session, signal) =>
    gather(session.collectPerfMetrics?.(asked, from, to, signal)),
  );
  return checkedSeries(metrics, Date.now()).series;
}

const idsOf = (series: Awaited<ReturnType<typeof collect>>) =>
  new Set(series.map(({ resource_id }) => resource_id));

describe('rows', () => {
  const at = Date.parse('2026-03-01T10:00:00Z');
  const secondsOf = (row: Record<string, unknown>, from: number, to: number) =>
    Array.from(timesOf(row, 20_000, { from, to }), (time) => (time - at) / 1_000);

  it.each([
    [{ timestamp: '2026-03-01T10:00:00Z', repeat_count: 3 }, [0, 20, 40]],
    [{ timestamp: '2026-03-01T10:00:00', repeat_count: 2 }, [0, 20]],
    [{ timestamp: '2026-03-01T10:00:00.000+00:00' }, [0]],
    [{ timestamp: '2026-03-01T10:00:00Z', repeat_count: 0 }, [0]],
    [{ timestamp: 'soon', repeat_count: 3 }, []],
  ])('%o stands for %o', (row, seconds) => {
    expect(secondsOf(row, at, at + 60_000)).toEqual(seconds);
  });

  it('keep to the window, however often they repeat', () => {
    const row = { timestamp: '2026-03-01T10:00:00Z', repeat_count: 2_147_483_647 };
    expect(secondsOf(row, at + 30_000, at + 80_000)).toEqual([40, 60, 80]);
  });
});

describe('turns', () => {
  const family = (type: string) => FAMILIES.find((one) => one.type === type) ?? FAMILIES[0];
  const targets = (type: string, count: number): Target[] =>
    Array.from({ length: count }, (_, index) => {
      const id = `${type}${index}`;
      return { family: family(type) as Target['family'], entityId: id, id, name: id };
    });

  it('gives small families all they need and the rest in turn, by a clock', () => {
    let now = 0;
    const turns = createTurns(100, () => now);
    const all = [...targets('volume', 300), ...targets('storagePool', 4), ...targets('host', 30)];
    const seen = new Map<string, number>();
    for (let round = 0; round < 5; round += 1, now += 60_000) {
      const chosen = turns.next(all);
      const counts = Object.fromEntries(chosen.map((one) => [one.family.type, one.targets.length]));
      expect(counts).toEqual({ storagePool: 4, host: 30, volume: 66 });
      for (const { targets: own } of chosen) {
        for (const target of own) {
          turns.begin(target);
          seen.set(target.id, (seen.get(target.id) ?? 0) + 1);
        }
      }
    }
    // 5 times 66 are 330: all had their turn, thirty of them again.
    expect(seen.size).toBe(334);
    expect([...seen].filter(([id, times]) => id.startsWith('volume') && times === 2)).toHaveLength(
      30,
    );
  });

  it('makes up for a pause, but not for a long one', () => {
    let now = 0;
    const turns = createTurns(100, () => now);
    const count = () => turns.next(targets('volume', 5_000))[0]?.targets.length;
    expect(count()).toBe(100);
    now += 10_000;
    expect(count()).toBe(100);
    now += 180_000;
    expect(count()).toBe(300);
    now += 3_600_000;
    expect(count()).toBe(500);
  });

  it('says how long a cycle takes', () => {
    const turns = createTurns(100, () => 0);
    expect(turns.next(targets('volume', 1_000))[0]?.cycleMs).toBe(600_000);
  });
});

describe('collecting', () => {
  it('asks about no more objects than the rate allows, and comes to all of them', async () => {
    const options = { metrics_per_minute: 10 };
    const { open, running } = await opened({ volumes: 25, options });
    const end = Date.now();
    const begin = end - 60_000;
    const all = new Set<string>();
    const posts: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const before = running.stats.requests;
      for (const id of idsOf(await collect(open, VOLUMES, begin, end))) all.add(id);
      // Two pages of names beside them.
      posts.push(running.stats.requests - before - 2);
    }
    // The archive is asked for twice.
    expect(posts.slice(1)).toEqual([11, 10, 10]);
    expect(all.size).toBe(25);
    const told = await open.session.call<Capabilities>('getCapabilities', (session, signal) =>
      session.getCapabilities?.(signal),
    );
    // Three rounds of at least a minute: so long a sample stays on the page.
    expect(told.turns).toEqual({ volume: 180 });
    expect(running.stats.writes).toEqual([]);
  });

  it('brings with the next turn all samples since the last one, though their window is over', async () => {
    const at = Math.floor(Date.now() / 20_000) * 20_000 - 600_000;
    let upTo = at;
    const served = await serve((request, response) => {
      const timestamp = (time: number) => new Date(time).toISOString();
      const rows = [at - 20_000, at, at + 20_000, at + 40_000].filter((time) => time <= upTo);
      const cookie = { 'set-cookie': 'auth_cookie=a' };
      if (request.path.endsWith('/volume')) sendJson(response, 200, [{ id: 'v' }]);
      else if (request.method === 'GET') sendJson(response, 200, [], cookie);
      else
        sendJson(
          response,
          200,
          rows.map((time) => ({ timestamp: timestamp(time), total_iops: 1 })),
        );
    });
    cleanup.push(served);
    const { port } = served;
    const rest = { host: '127.0.0.1', port, username: 'u', password: 'p', insecure: true };
    const open = openDriver(driver, { rest });
    cleanup.push(open);
    const collected = async (from: number, to: number) =>
      (await collect(open, VOLUMES, from, to)).flatMap(({ times }) => [...times]);
    expect(await collected(at, at + 10_000)).toEqual([at]);
    upTo = at + 40_000;
    expect(await collected(at + 40_000, at + 50_000)).toEqual([at + 20_000, at + 40_000]);
  });

  it('shows of the whole array what its volumes do together', async () => {
    const { open } = await opened({ volumes: 12 });
    const all = driver.capabilities?.().resource_metrics ?? {};
    const asked = { storage: all.storage ?? {}, volume: all.volume ?? {} };
    const end = Date.now();
    const series = await collect(open, asked, end - 60_000, end);
    const iops = series.filter(({ name }) => name === 'iops');
    const loadOf = (type: string) => {
      const own = iops.filter(({ resource_type }) => resource_type === type);
      const newest = Math.max(...own.flatMap(({ times }) => [...times]));
      const values = own.map(({ times, values: found }) => found[times.indexOf(newest)] ?? 0);
      return values.reduce((sum, value) => sum + value, 0);
    };
    expect(loadOf('storage')).toBeGreaterThan(0);
    expect(loadOf('storage')).toBeCloseTo(loadOf('volume'), 2);
  });

  it('reads all objects at once where somebody has switched that on', async () => {
    const options = { metrics_per_minute: 10 };
    const { open, running } = await opened({ volumes: 30, archive: true, options });
    const before = running.stats.requests;
    const end = Date.now();
    const series = await collect(open, VOLUMES, end - 60_000, end);
    expect(idsOf(series).size).toBe(30);
    expect(running.stats.requests - before).toBeLessThan(6);
    expect(open.told).toEqual([]);
    const iops = series.filter(({ name }) => name === 'iops');
    expect(iops.every(({ times }) => times.length === 1 && (times[0] ?? 0) % 300_000 === 0)).toBe(
      true,
    );
    expect(running.stats.writes).toEqual([]);
  });

  it('goes on in turns where nobody has, and asks for the archive no more', async () => {
    const options = { metrics_per_minute: 10 };
    const { open, running } = await opened({ volumes: 30, options });
    const end = Date.now();
    const counts: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const before = running.stats.requests;
      expect(idsOf(await collect(open, VOLUMES, end - 60_000, end)).size).toBe(10);
      counts.push(running.stats.requests - before);
    }
    expect(counts[2]).toBe((counts[1] ?? 0) - 1);
    expect(open.told).toEqual([]);
  });

  it('says of an entity that the software does not know that it is not supported', async () => {
    const { open } = await opened({ scenario: 'unlicensed', volumes: 6 });
    const asked = driver.capabilities?.().resource_metrics ?? {};
    const end = Date.now();
    const series = await collect(open, asked, end - 60_000, end);
    expect(new Set(series.map(({ resource_type }) => resource_type))).toContain('volume');
    expect(open.told.filter(({ error }) => error.name !== 'NotSupported')).toEqual([]);
  });
});

describe('archive', () => {
  const rows = [{ volume_id: 'v,"1"', avg_read_iops: 5, avg_latency: null }];

  it('is read with its quotes and its empty cells', () => {
    const tables = readArchive(archiveOf({ 'a.csv': rows, 'readme.txt': [] }));
    expect([...tables]).toEqual([['a.csv', [{ volume_id: 'v,"1"', avg_read_iops: '5' }]]]);
  });

  it.each([
    ['cut', (whole: Buffer) => whole.subarray(0, whole.length >> 1)],
    ['no archive', () => Buffer.from('<html>It works</html>')],
    ['empty', () => Buffer.alloc(0)],
  ])('%s is an invalid response', (_title, damage) => {
    expect(() => readArchive(damage(archiveOf({ 'a.csv': rows })))).toThrow(
      /the archive of metrics/,
    );
  });
});
