import { expect, it, vi } from 'vitest';
import {
  BackendError,
  defineDriver,
  NotSupported,
  Type,
  type Alert,
  type Log,
  type Session,
} from 'delfin-agent/driver';
import {
  collectAlerts,
  toProblem,
  type CallProblem,
  type Collector,
} from '../../src/backend/collect.ts';
import { createConnection } from '../../src/backend/connection.ts';
import { createPartialAnswers } from '../../src/backend/partial.ts';
import type { ManagedSession } from '../../src/backend/session.ts';
import type { Drop } from '../../src/backend/validate.ts';
import { createBudget } from '../../src/driver/budget.ts';
import { metricsOf } from '../kit/samples.ts';

it('a warning with an error is a problem of the running call, once; any other warning is logged', async () => {
  const driver = defineDriver({
    vendor: 'test',
    model: 'partial',
    title: 'Partial',
    access: Type.Object({}),
    open: async (_access, { log }) => ({
      getStorage: async () => {
        log.warn({ hint: 1 }, 'something else');
        return {};
      },
      listStoragePools: async () => [],
      listVolumes: async () => {
        for (const part of [1, 1, 2])
          log.warn({ err: new BackendError('E', `part ${part} failed`) }, 'left out');
        return [];
      },
      collectPerfMetrics: async () => {
        log.warn({ err: new Error('one metric') }, 'left out');
        return [];
      },
      close: async () => {},
    }),
  });
  const logged: string[] = [];
  const log: Log = {
    debug: () => {},
    info: () => {},
    error: () => {},
    warn: (_fields, message) => void logged.push(message),
  };
  const partial = createPartialAnswers();
  const connection = createConnection({
    settings: {
      name: 'a',
      model: 'partial',
      access: {},
      timezone: 'UTC',
      maxInFlight: 1,
      callTimeoutMs: 1_000,
    },
    driver,
    budget: createBudget(1),
    log,
    onPartial: partial.add,
  });
  await connection.session.call('getStorage', (session, signal) => session.getStorage(signal));
  await connection.session.call('listVolumes', (session, signal) => session.listVolumes(signal));
  await connection.session.call('collectPerfMetrics', (session, signal) =>
    metricsOf(session.collectPerfMetrics?.({}, 0, 0, signal)),
  );
  expect(partial.incomplete('listVolumes')).toBe(true);
  partial.add('listPorts', new NotSupported('no such ports here'));
  expect(partial.incomplete('listPorts')).toBe(false);
  partial.begin('listPorts');
  await connection.close();
  expect(logged).toEqual(['something else']);
  expect(partial.take('performance')).toEqual([
    { call: 'collectPerfMetrics', error_type: 'internal', message: 'one metric' },
  ]);
  expect(partial.take('inventory').map(({ call, message }) => `${call}: ${message}`)).toEqual([
    'listVolumes: part 1 failed',
    'listVolumes: part 2 failed',
  ]);
  expect(partial.take()).toEqual([]);
});

it('a part that was there and is now said to be lacking is lost for an hour; one that never was is not', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const partial = createPartialAnswers();
    const round = (...lacking: string[]) => {
      partial.begin('listPorts');
      for (const part of lacking) partial.add('listPorts', new NotSupported(part));
      partial.answered('listPorts');
      return partial.incomplete('listPorts');
    };
    expect(round('no FCoE on controller 1')).toBe(false);
    expect(round('no FCoE on controller 2')).toBe(false);
    expect(round('no FCoE on controller 2', 'no Ethernet')).toBe(true);
    vi.advanceTimersByTime(3_599_999);
    expect(round('no Ethernet')).toBe(true);
    vi.advanceTimersByTime(1);
    expect(round('no Ethernet')).toBe(false);
    expect(round()).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});

it('alerts that the list does not tell apart are a problem that names them, and one alert', async () => {
  const alert = (key: string, severity: Alert['severity'], alert_id = 'disk'): Alert => ({
    alert_id,
    severity,
    category: 'Fault',
    match_key: key,
  });
  const listed = [alert('d1', 'Minor'), alert('d1', 'Major'), alert('d2', 'Minor', 'fan')];
  const open = { listAlerts: async () => listed } as unknown as Session;
  const drops: Drop[] = [];
  const session = {
    offers: async () => true,
    call: async (_call: string, work: (open: Session) => unknown) => await work(open),
  } as unknown as ManagedSession;
  const collector = { session, storageId: 'a', report: (drop: Drop) => drops.push(drop) };
  const problems: CallProblem[] = [];
  const alerts = await collectAlerts(collector as unknown as Collector, {}, (problem) =>
    problems.push(problem),
  );
  expect(alerts?.map(({ match_key, severity }) => `${match_key} ${severity}`)).toEqual([
    'd1 Major',
    'd2 Minor',
  ]);
  expect(drops).toEqual([{ reason: 'duplicate', list: 'alerts' }]);
  expect(problems).toMatchObject([
    { call: 'listAlerts', message: expect.stringMatching(/^1 alerts? can't be told .*: d1$/) },
  ]);
});

it('the text of an error is cut where an array writes a book, and says how long it was', () => {
  const { message } = toProblem('listVolumes', new BackendError('E', 'x'.repeat(30_000_000)));
  expect(message.length).toBeLessThan(1_100);
  expect(message).toMatch(/\.\.\. \(\d{8} characters\)$/);
});
