/** One call of an open driver each, looked at: against the array's truth, or by itself where there is none. */
import { LISTS, type Fields, type ListDefinition } from '../backend/lists.ts';
import { checkRecord, type Drop } from '../backend/validate.ts';
import { AlertSchema, type Alert } from '../driver/alerts.ts';
import type { ListMethod, OptionalMethod } from '../driver/driver.ts';
import { AccessDenied, NotSupported } from '../driver/errors.ts';
import { StorageSchema } from '../driver/records.ts';
import type { Method } from '../backend/session.ts';
import { absent, finding, judged, ok, type CheckResult, type Finding } from './check.ts';
import { compareRecord, compareRecords, dropFinding, some, withoutStorageId, written } from './compare.ts'; // prettier-ignore
import type { OpenedDriver } from './open.ts';
import { danglingReferences, type Parts } from './references.ts';
import type { Truth, TruthRecord } from './simulator.ts';

/** An opened driver, and the lists it has answered so far. */
export interface Reading {
  readonly opened: OpenedDriver;
  /** Absent: a real array. */
  readonly truth?: Truth;
  /** A list that failed is absent, one that the driver lacks empty. */
  readonly parts: { -readonly [P in keyof Parts]: Parts[P] };
  /** Alerts that were listed. */
  alerts?: readonly Alert[];
}

/** What the call dropped or asked too often. Unknown values count where no truth says what they are. */
function droppedBy(reading: Reading, call: string, drops: readonly Drop[]): Finding[] {
  const { opened, truth } = reading;
  const findings = drops.flatMap((drop) => {
    if (drop.reason === 'unknown_value' && truth) return [];
    return dropFinding(call, schemaOf(drop.list), drop);
  });
  if (!opened.endless.has(call)) return findings;
  return [endless(call), ...findings];
}

const endless = (call: string) =>
  finding('endless_list', call, { expected: 'an end of the list within the bound of requests' });

function schemaOf(list: string) {
  const part = LISTS.flatMap(({ parts }) => parts).find(({ name }) => name === list);
  return part?.schema ?? (list === 'alerts' ? AlertSchema : StorageSchema);
}

/** Runs a call; what it dropped meanwhile stands beside its answer. */
async function observed<T>(
  reading: Reading,
  call: string,
  work: () => Promise<T>,
): Promise<{ readonly answer: T; readonly findings: Finding[] }> {
  const { drops } = reading.opened;
  const before = drops.length;
  const answer = await work();
  return { answer, findings: droppedBy(reading, call, drops.slice(before)) };
}

export async function readStorage(reading: Reading): Promise<CheckResult> {
  const call = 'getStorage';
  const { answer, findings } = await observed(reading, call, () => reading.opened.getStorage());
  const { truth } = reading;
  if (truth) findings.push(...compareRecord(call, withoutStorageId(answer), truth.storage));
  return judged(unique(findings));
}

/** What the session must have whatever the array is. */
export async function hasRequired({ opened }: Reading): Promise<CheckResult> {
  await opened.session.offers('getStorage');
  const session: Fields = { ...opened.raw() };
  const required = ['getStorage', 'listStoragePools', 'listVolumes', 'close'];
  const missing = required.filter((method) => typeof session[method] !== 'function');
  return judged(
    missing.map((method) =>
      finding('required_method', method, { value: 'missing', expected: 'a method of the session' }),
    ),
  );
}

/** Tells what a method answers; undefined if the session lacks it. */
async function tell<T>(
  { opened }: Reading,
  method: OptionalMethod,
  call: Method<T>,
): Promise<T | undefined> {
  if (!(await opened.session.offers(method))) return undefined;
  return await opened.session.call(method, call);
}

export async function readAddresses(reading: Reading): Promise<CheckResult> {
  const url = await tell(reading, 'getAccessUrl', (open, signal) => open.getAccessUrl?.(signal));
  const sources = await tell(reading, 'listAlertSources', (open, signal) =>
    open.listAlertSources?.(signal),
  );
  const { truth } = reading;
  if (!truth) return url || sources ? ok() : absent('the driver tells neither');
  const is = [url, sources && [...sources].sort()];
  const should = [truth.accessUrl, truth.alertSources && [...truth.alertSources].sort()];
  return judged(
    ['getAccessUrl', 'listAlertSources'].flatMap((method, index) => {
      const [value, expected] = [written(is[index]), written(should[index])];
      return value === expected ? [] : finding('wrong_value', method, { value, expected });
    }),
  );
}

/** Whether the driver says that the array, or this account, has no such list. */
export async function answerOf(
  opened: OpenedDriver,
  method: ListMethod,
): Promise<Awaited<ReturnType<OpenedDriver['list']>> | undefined> {
  try {
    return await opened.list(method);
  } catch (error) {
    if (error instanceof NotSupported || error instanceof AccessDenied) return undefined;
    throw error;
  }
}

export async function readList(reading: Reading, list: ListDefinition): Promise<CheckResult> {
  const { opened, truth, parts } = reading;
  const { method } = list;
  const expected = truth?.lists[method];
  const { answer, findings } = await observed(reading, method, () =>
    answerOf(opened, method),
  ).catch((error: unknown) => {
    if (opened.endless.has(method)) return { answer: undefined, findings: [endless(method)] };
    throw error;
  });
  const got = partsOf(list, answer);
  for (const { name } of list.parts) parts[name] = got?.[name] ?? [];
  if (findings.length === 0 && !got) {
    const reason = (await opened.session.offers(method))
      ? 'the array lacks it'
      : 'the driver lacks it';
    if (!truth || expected === undefined) return absent(reason);
  }
  if (truth && got && expected === undefined) {
    const value = `${Object.values(got).flat().length} records`;
    return judged([finding('invented_record', method, { value, expected: 'nothing: the array lacks this list' })]); // prettier-ignore
  }
  if (expected !== undefined) findings.push(...comparedWith(list, got, expected));
  const counts = list.parts.map(({ name }) => `${got?.[name]?.length ?? 0} ${name}`);
  return judged(unique(findings), ok(counts.join(', ')));
}

/** The answer of a list against the truth of it. */
export function comparedWith(
  list: ListDefinition,
  got: ReturnType<typeof partsOf>,
  expected: NonNullable<Truth['lists'][ListMethod]>,
): Finding[] {
  const wanted = partsOf(list, expected);
  return list.parts.flatMap((part) =>
    compareRecords(list.method, part, got?.[part.name] ?? [], wanted?.[part.name] ?? []),
  );
}

/** The lists of an answer by the names of its parts. */
export function partsOf(
  list: ListDefinition,
  answer: unknown,
): Readonly<Record<string, readonly Fields[]>> | undefined {
  if (answer === undefined) return undefined;
  if (list.parts.length > 1) return answer as Record<string, readonly Fields[]>;
  return { [list.parts[0].name]: answer as readonly Fields[] };
}

/** Of several findings about one field of one record the first: the core's view goes before the truth's. */
function unique(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ call, index, field, rule }) => {
    if (field === undefined) return true;
    const key = `${call} ${index} ${field}`;
    if (seen.has(key) && rule === 'wrong_value') return false;
    seen.add(key);
    return true;
  });
}

export async function checkReferences({ parts }: Reading): Promise<CheckResult> {
  return judged(danglingReferences(parts));
}

/** 2001-09-09: before it, epoch "milliseconds" are seconds. */
const MIN_EPOCH_MS = 1_000_000_000_000;
const DAY_MS = 24 * 3_600_000;

export const isEpochMs = (time: number) => time >= MIN_EPOCH_MS && time <= Date.now() + DAY_MS;

export async function readAlerts(reading: Reading): Promise<CheckResult> {
  const { opened, truth } = reading;
  const call = 'listAlerts';
  const { answer, findings } = await observed(reading, call, async () => {
    const foreign = await tell(reading, call, (open, signal) => open.listAlerts?.({}, signal));
    return foreign?.flatMap(
      (alert) =>
        checkRecord<Alert>(AlertSchema, 'alerts', alert, '', (drop) => opened.drops.push(drop)) ??
        [],
    );
  });
  if (!answer) {
    if ((truth?.alerts ?? []).length === 0) return absent('the driver lacks it');
    return judged([finding('incomplete_list', call, { value: 'missing', expected: `${truth?.alerts.length} alerts` })]); // prettier-ignore
  }
  reading.alerts = answer;
  findings.push(...timesOf(answer), ...collisions(answer));
  if (truth) findings.push(...comparedAlerts(answer.map(withoutStorageId), truth.alerts));
  return judged(unique(findings), ok(`${answer.length} alerts`));
}

export function timesOf(alerts: readonly Alert[], call = 'listAlerts'): Finding[] {
  return alerts.flatMap(({ occur_time: time }, index) =>
    time === undefined || isEpochMs(time)
      ? []
      : finding('wrong_time', call, {
          index,
          field: 'occur_time',
          value: String(time),
          expected: 'epoch ms, not before 2001 and not in the future',
        }),
  );
}

function collisions(alerts: readonly Alert[]): Finding[] {
  const keyed = Map.groupBy(alerts.entries(), ([index, { match_key: key }]) => key ?? index);
  return [...keyed].flatMap(([key, same]) => {
    if (same.length < 2) return [];
    const which = same.map(([index, alert]) => `[${index}] ${alert.sequence_number ?? alert.alert_id}`); // prettier-ignore
    return finding('colliding_alerts', 'listAlerts', {
      index: same[1]?.[0] ?? 0,
      field: 'match_key',
      value: `${JSON.stringify(key)}, the same in ${some(which)}`,
      expected: 'a key of its own for each fault of the list',
    });
  });
}

function comparedAlerts(got: readonly Fields[], wanted: readonly TruthRecord[]): Finding[] {
  const keyOf = ({ alert_id: id, sequence_number: number }: Fields) => written([id, number]);
  const left = Map.groupBy(wanted, keyOf);
  const findings = got.flatMap((alert, index) => {
    const right = left.get(keyOf(alert))?.shift();
    if (right) return compareRecord('listAlerts', alert, right, { index });
    return finding('invented_record', 'listAlerts', { index, value: keyOf(alert), expected: 'an alert that the array has' }); // prettier-ignore
  });
  const missing = [...left.values()].flat().map(keyOf);
  if (missing.length === 0) return findings;
  const expected = `${wanted.length}; missing: ${some(missing)}`;
  const value = `${got.length} alerts`;
  return [finding('incomplete_list', 'listAlerts', { value, expected }), ...findings];
}

/** One session, no write, no secret told, logged out at the end. Closes the driver. */
export async function checkManners(
  { opened }: Reading,
  stats: { readonly writes: readonly string[]; readonly maxOpenSessions: number; readonly openSessions: number } | undefined, // prettier-ignore
  { secrets, maxSessions }: { readonly secrets: readonly string[]; readonly maxSessions: number },
): Promise<CheckResult> {
  await opened[Symbol.asyncDispose]();
  const findings = leaks(opened.logged, secrets);
  if (!stats) return judged(findings);
  const { writes, maxOpenSessions, openSessions } = stats;
  for (const write of new Set(writes)) {
    findings.push(finding('write_request', 'any', { value: write, expected: 'requests that change nothing' })); // prettier-ignore
  }
  if (maxOpenSessions > maxSessions) {
    const expected = `at most ${maxSessions}`;
    findings.push(finding('several_sessions', 'open', { value: `${maxOpenSessions} sessions at the same time`, expected })); // prettier-ignore
  }
  if (openSessions > 0) {
    findings.push(finding('not_logged_out', 'close', { value: `${openSessions} sessions still open`, expected: 'none' })); // prettier-ignore
  }
  return judged(findings);
}

/** Lines in which a secret stands; the finding does not repeat it. */
export function leaks(lines: readonly string[], secrets: readonly string[]): Finding[] {
  return lines.flatMap((line) => {
    const secret = secrets.find((one) => line.includes(one));
    if (secret === undefined) return [];
    const value = line.replaceAll(secret, '<the secret>').slice(0, 200);
    return finding('secret_in_log', 'any', {
      value,
      expected: 'no credential in a log or an error',
    });
  });
}
