/**
 * The core under every kind of damage to every request of a small array, once and always: nothing
 * wrong is published, nothing is lost without a problem, the other calls are whole, and after the
 * damage everything is back.
 */
import { afterEach, expect, it } from 'vitest';
import { createAlertTracker } from '../../src/backend/alerts/tracker.ts';
import {
  collectAlerts,
  collectInventory,
  collectPerformance,
  toProblem,
  type CallProblem,
  type Collector,
} from '../../src/backend/collect.ts';
import { createConnection } from '../../src/backend/connection.ts';
import { createKnowledge } from '../../src/backend/knowledge.ts';
import { createPartialAnswers } from '../../src/backend/partial.ts';
import { settingsOf } from '../../src/backend/settings.ts';
import { seriesOf, type PerfSeries } from '../../src/backend/columns.ts';
import type { Snapshot } from '../../src/backend/snapshot.ts';
import { createBudget } from '../../src/driver/budget.ts';
import type { Log } from 'delfin-agent/driver';
import { faults, HTTP_FAULTS } from '../kit/faults.ts';
import { eventually } from '../kit/ports.ts';
import { startSmallArray, smallDriver, type SmallArray } from './small-array.ts';

const NOW = 1_790_000_000_000;
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
const LIST_OF: Readonly<Record<string, string>> = {
  'GET /system': 'storage',
  'GET /pools': 'storage_pools',
  'GET /volumes?page=0': 'volumes',
  'GET /volumes?page=1': 'volumes',
  'GET /ports/fc': 'ports',
  'GET /ports/eth': 'ports',
};
const REQUESTS = ['POST /login', ...Object.keys(LIST_OF), 'GET /alerts', 'GET /samples'];

/** The core around one array, its rounds made by hand. */
function createCore(array: SmallArray) {
  let hanging: (request: string) => boolean = () => false;
  const settings = settingsOf({ name: 'a', vendor: 'test', model: 'small' });
  const partial = createPartialAnswers();
  const driver = smallDriver(array.port, (request) => hanging(request));
  const connection = createConnection({
    settings,
    driver,
    budget: createBudget(2),
    log: quiet,
    onPartial: partial.add,
    onAttempt: partial.begin,
    onAnswer: partial.answered,
  });
  const { session, traffic } = connection;
  const records: string[] = [];
  const tracker = createAlertTracker({
    system: 'a',
    onTransition: (transition) => records.push(transition.kind),
  });
  let snapshot: Snapshot | undefined;
  const sent: PerfSeries[] = [];
  const knowledge = createKnowledge({
    settings,
    tracker,
    log: quiet,
    traffic,
    now: () => NOW,
    lost: session.lost,
    performanceIntervalMs: () => 60_000,
    output: {
      snapshot(next, fresh) {
        snapshot = next;
        sent.push(...seriesOf(fresh));
      },
      status() {},
      run() {},
      drop() {},
      skipped() {},
    },
  });
  const collector: Collector = {
    session,
    driver,
    storageId: 'a',
    incomplete: partial.incomplete,
    report: knowledge.report,
  };
  let unanswered: ReadonlySet<string> = new Set();

  async function round() {
    const requests = traffic.requests;
    const problems: CallProblem[] = [];
    const attempt = async (call: string, work: () => Promise<void>) => {
      try {
        await work();
      } catch (error) {
        problems.push(toProblem(call, error));
      }
    };
    const inventory = await collectInventory(collector, () => true, unanswered);
    unanswered = inventory.unanswered;
    problems.push(...inventory.problems);
    knowledge.inventory(inventory);
    knowledge.run('inventory', { at: NOW, duration_ms: 1, ok: inventory.reached }, problems);
    await attempt('listAlerts', async () => {
      const alerts = await collectAlerts(collector);
      if (alerts) tracker.poll(alerts, undefined, !partial.incomplete('listAlerts'));
    });
    await attempt('collectPerfMetrics', async () => {
      const window = { start: NOW - 60_000, end: NOW };
      const checked = await collectPerformance(collector, {}, window, NOW);
      problems.push(...knowledge.performance(checked));
    });
    problems.push(...partial.take());
    knowledge.publish();
    return {
      answered: inventory.inventory,
      snapshot: snapshot as Snapshot,
      problems,
      requests: traffic.requests - requests,
    };
  }

  return {
    round,
    /** These requests get no answer from now on. */
    hang(matches: (request: string) => boolean, times = Infinity) {
      hanging = (request) => matches(request) && array.hung() < times;
      array.hang(matches, times);
    },
    records,
    sent,
    active: () => tracker.active().length,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

afterEach(() => faults.plan(undefined));

for (const fault of HTTP_FAULTS) {
  for (const times of [1, Infinity]) {
    const often = times === 1 ? 'once' : 'always';
    it.each(REQUESTS)(`${fault} ${often} on %s costs what it was about`, async (request) => {
      await using array = await startSmallArray();
      await using core = createCore(array);
      const matches = (asked: string) => asked === request;
      const plan = () => {
        if (fault === 'hang') core.hang(matches, times);
        else faults.plan({ fault, times, matches });
      };
      const hits = () => (fault === 'hang' ? array.hung() : faults.hits());
      const isLogin = request === 'POST /login';
      // A login is damaged when there is none yet.
      if (isLogin) plan();
      else await core.round();
      const quietRequests = array.quietRequests;
      const before = array.logins();
      if (!isLogin) plan();
      for (let round = 0; round < 2; round += 1) {
        const { answered, snapshot, problems, requests } = await core.round();
        expect(requests, 'requests').toBeLessThanOrEqual(3 * quietRequests);
        if (round === 0) expect(hits(), 'hits').toBeGreaterThan(0);
        for (const [list, truth] of Object.entries(array.truth)) {
          const read = (answered as Record<string, unknown>)[list];
          const isDamaged = isLogin || list === LIST_OF[request];
          if (!isDamaged) expect(read, `sibling ${list}`).toEqual(truth);
          // What was read before the damage is kept: nothing is wrong, nothing is lost.
          const published = (snapshot.inventory as Record<string, unknown>)[list];
          if (!isLogin) expect(inOrder(published), `published ${list}`).toEqual(inOrder(truth));
          else if (published !== undefined) expect(published).toEqual(truth);
          if (JSON.stringify(read) !== JSON.stringify(truth)) {
            expect(problems, `${list} is told`).not.toEqual([]);
          }
        }
        if (!isLogin) {
          expect(snapshot.up, 'up').toBe(true);
          expect(core.active()).toBe(2);
          expect(snapshot.performance).toHaveLength(1);
        }
        if (times === Infinity) expect(problems).not.toEqual([]);
      }
      expect(array.logins() - before, 'logins').toBeLessThanOrEqual(hits() + 1);
      faults.plan(undefined);
      core.hang(() => false, 0);
      await core.round();
      const last = await core.round();
      expect(last.problems).toEqual([]);
      expect(last.answered).toEqual(array.truth);
      expect(last.snapshot).toMatchObject({ up: true, inventory: array.truth });
      // Each alert is one record, each sample goes out once.
      expect(core.records).toEqual(['alert', 'alert']);
      expect(core.sent).toHaveLength(1);
      expect(core.active()).toBe(2);
      // One whose login was never answered is the array's own to end.
      if (!isLogin) expect(array.openSessions(), 'sessions').toBe(1);
    });
  }
}

it('ends a round of an array that does not answer any more after three calls', async () => {
  await using array = await startSmallArray();
  await using core = createCore(array);
  await core.round();
  core.hang(() => true);
  const { snapshot, requests, problems } = await core.round();
  // Two lists are asked at a time; alerts and samples are rounds of their own.
  expect(requests).toBeLessThanOrEqual(6);
  expect(snapshot).toMatchObject({ up: false, inventory: array.truth });
  expect(problems.map(({ error_type }) => error_type)).toContain('timeout');
  faults.plan(undefined);
  core.hang(() => false, 0);
  await core.round();
  expect((await core.round()).snapshot.up).toBe(true);
});

it('tries a login that hangs once in a round', async () => {
  await using array = await startSmallArray();
  await using core = createCore(array);
  core.hang(() => true);
  const { answered } = await core.round();
  expect(answered).toEqual({});
  // Inventory, alerts and performance: one each.
  expect(array.hung()).toBe(3);
});

it('a hundred polls of arrays that hang leave no connection open', async () => {
  const ROUNDS = 20;
  const connections = await Promise.all(
    Array.from({ length: 5 }, async (_, at) => {
      await using array = await startSmallArray();
      let most = 0;
      {
        await using core = createCore(array);
        // Some never get in, some hang when they are in.
        core.hang((request) => at < 2 || request !== 'POST /login');
        for (let round = 0; round < ROUNDS; round += 1) {
          const { problems } = await core.round();
          expect(problems.map(({ error_type }) => error_type)).toContain('timeout');
          most = Math.max(most, array.connections());
        }
        expect(array.hung()).toBeGreaterThanOrEqual(ROUNDS);
      }
      await eventually('all are closed', () => (array.connections() === 0 ? true : undefined));
      return most;
    }),
  );
  // Two requests at a time, one more for alerts and logins, one to log out.
  expect(Math.max(...connections)).toBeLessThanOrEqual(4);
});

/** Records that were kept come after those that were read. */
function inOrder(records: unknown): unknown {
  if (!Array.isArray(records)) return records;
  return records.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}
