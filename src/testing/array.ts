/** A real array: what can be seen without its truth. Every call once, none that writes. */
import type { CallProblem } from '../backend/collect.ts';
import { LISTS } from '../backend/lists.ts';
import type { Driver } from '../driver/driver.ts';
import { absent, check, finding, judged, ok, type Check, type Finding } from './check.ts';
import type { OpenedDriver } from './open.ts';
import { checkCapabilities, checkNewestTime, checkSamples } from './performance.ts';
import {
  checkReferences,
  hasRequired,
  leaks,
  readAddresses,
  readAlerts,
  readList,
  readStorage,
  type Reading,
} from './reading.ts';
import { checkTraps } from './traps.ts';

export interface ArrayOptions {
  readonly driver: Driver;
  readonly opened: OpenedDriver;
  /** Length of the performance window, ms. */
  readonly windowMs: number;
  /** Its end, epoch ms. */
  readonly now: () => number;
  /** Looked for in what the driver logs. */
  readonly secrets: readonly string[];
  /** What has been told to be missing so far. */
  readonly told: () => readonly CallProblem[];
}

export function arrayChecks(options: ArrayOptions): readonly Check[] {
  const { driver, opened, windowMs, now, secrets, told } = options;
  const reading: Reading = { opened, parts: {} };
  const checks = [
    check('the session has what it must have', 'open', () => hasRequired(reading)),
    ...readingChecks(() => reading, driver, windowMs, now),
    check('parseAlert', 'parseAlert', () => checkTraps(driver, reading)),
    check('nothing was told to be missing', 'any', async () => judged(told().map(toldFinding))),
  ];
  const last = check('no secret told', 'any', async () =>
    judged(leaks(opened.logged, secrets), ok(`${opened.logged.length} lines logged`)),
  );
  return [...checks.map((one) => unlessLost(one, opened)), last];
}

/** Everything that an array can be asked without changing it, once. */
export function readingChecks(
  reading: () => Reading,
  driver: Driver,
  windowMs: number,
  now?: () => number,
): readonly Check[] {
  return [
    check('getStorage', 'getStorage', () => readStorage(reading())),
    check('getAccessUrl, listAlertSources', 'getAccessUrl', () => readAddresses(reading())),
    ...LISTS.map((list) => check(list.method, list.method, () => readList(reading(), list))),
    check('ids refer to each other', 'any', () => checkReferences(reading())),
    check('listAlerts', 'listAlerts', () => readAlerts(reading())),
    check('units and names of what is measured', 'getCapabilities', () =>
      checkCapabilities(driver, reading().opened),
    ),
    check('getLatestPerfTimestamp', 'getLatestPerfTimestamp', () => checkNewestTime(reading())),
    check('collectPerfMetrics', 'collectPerfMetrics', () =>
      checkSamples(reading(), driver, windowMs, now),
    ),
  ];
}

/** An array that answers no more is asked no more: each call would log in again. */
function unlessLost({ name, run }: Check, { session }: OpenedDriver): Check {
  return {
    name,
    run: async () =>
      session.lost() ? absent('not asked: the array gave no answer any more') : await run(),
  };
}

function toldFinding({ call, error_type: type, message }: CallProblem): Finding {
  return finding('failed_call', call, {
    value: `${type}: ${message}`,
    expected: 'a whole answer',
    advice: 'see what the array answered: the driver has told that this part is missing',
  });
}
