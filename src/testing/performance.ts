/** What a driver says it measures, and what it measures. */
import { readCapabilities } from '../backend/collect.ts';
import type { PartName } from '../backend/lists.ts';
import type { PerfSeries } from '../backend/columns.ts';
import type { Driver } from '../driver/driver.ts';
import {
  METRIC_NAMES,
  RESOURCE_TYPES,
  unitsOf,
  type MetricName,
  type PerfMetric,
  type ResourceMetrics,
  type ResourceType,
} from '../driver/metrics.ts';
import { absent, finding, judged, ok, type CheckResult, type Finding } from './check.ts';
import { factorHint, ofContract, written } from './compare.ts';
import type { OpenedDriver } from './open.ts';
import { isEpochMs, type Reading } from './reading.ts';
import { idsOf } from './references.ts';
import { checkedSeries, gather } from './samples.ts';
import type { Truth } from './simulator.ts';

const CALL = 'collectPerfMetrics';

/** Names, units and dimensions of everything that is said to be measured. */
export async function checkCapabilities(
  driver: Driver,
  opened: OpenedDriver,
): Promise<CheckResult> {
  const capabilities = await readCapabilities({ session: opened.session, driver });
  const call = (await opened.session.offers('getCapabilities'))
    ? 'getCapabilities'
    : 'capabilities';
  if (!capabilities) {
    if (!(await opened.session.offers(CALL))) return absent('the driver measures nothing');
    const expected = 'capabilities() of the driver or getCapabilities() of the session';
    return judged([finding('failed_call', call, { value: 'missing', expected, advice: 'without it the core asks for nothing' })]); // prettier-ignore
  }
  const measures = Object.entries(capabilities.resource_metrics).flatMap(([type, metrics]) =>
    Object.entries(metrics).map(([name, { unit }]) => ({ type, name, unit })),
  );
  const findings = measures.flatMap(({ type, name, unit }) =>
    measureFinding(call, type, name, unit),
  );
  return judged(findings, ok(`${measures.length} measures`));
}

function measureFinding(call: string, type: string, name: string, unit: unknown): Finding[] {
  const field = `${type}.${name}`;
  if (!(RESOURCE_TYPES as readonly string[]).includes(type)) {
    return [
      finding('unknown_field', call, {
        field: type,
        expected: ofContract('name', RESOURCE_TYPES, type),
      }),
    ];
  }
  if (!(METRIC_NAMES as readonly string[]).includes(name)) {
    return [
      finding('unknown_field', call, { field, expected: ofContract('name', METRIC_NAMES, name) }),
    ];
  }
  const units = unitsOf(name as MetricName);
  if ((units as readonly unknown[]).includes(unit)) return [];
  const value = written(unit);
  return [finding('wrong_unit', call, { field, value, expected: `one of ${units.join(', ')}` })];
}

/** The time of the newest sample is one. */
export async function checkNewestTime({ opened }: Reading): Promise<CheckResult> {
  const call = 'getLatestPerfTimestamp';
  if (!(await opened.session.offers(call))) return absent('the driver does not tell it');
  const time: unknown = await opened.session.call(call, (open, signal) => open[call]?.(signal));
  if (time === undefined) return absent('the array has no sample');
  if (typeof time === 'number' && isEpochMs(time)) return ok(new Date(time).toISOString());
  const expected = 'epoch ms, not before 2001 and not in the future';
  return judged([finding('wrong_time', call, { value: written(time), expected })]);
}

/** Every sample of a window once, in the stated unit, at the array's own time. */
export async function checkSamples(
  reading: Reading,
  driver: Driver,
  windowMs: number,
  clock: () => number = Date.now,
): Promise<CheckResult> {
  const { opened, truth } = reading;
  const end = clock();
  const begin = end - windowMs;
  if (!(await opened.session.offers(CALL))) {
    if ((truth?.samples(begin, end) ?? []).length === 0)
      return absent('the driver measures nothing');
    return judged([finding('missing_sample', CALL, { value: 'missing', expected: 'the samples that the array has' })]); // prettier-ignore
  }
  const capabilities = await readCapabilities({ session: opened.session, driver });
  const asked = capabilities?.resource_metrics ?? {};
  const metrics = await opened.session.call(CALL, (open, signal) =>
    gather(open.collectPerfMetrics?.(asked, begin, end, signal)),
  );
  const now = Date.now();
  const findings = metrics.flatMap((metric, index) => [
    ...unitFindings(metric, index, asked),
    ...rowFindings(metric, index, capabilities?.is_historic ? { begin, end } : undefined),
  ]);
  const { series, drops, faults } = checkedSeries(metrics, now);
  if (findings.length === 0) {
    // What the rules above have no words for.
    findings.push(...faults.map(({ message }) => finding('invalid_field', CALL, { value: message, expected: 'series of the contract' }))); // prettier-ignore
  }
  const count = series.reduce((sum, { times }) => sum + times.length, 0);
  if (truth) {
    // An array that only knows "now" answers with the time of the request.
    const upTo = capabilities?.is_historic ? end : now;
    findings.push(...comparedSamples(series, truth.samples(begin, upTo), reading.opened.name));
  } else findings.push(...foreignIds(series, reading));
  if (findings.length === 0 && drops.invalidSamples > 0) {
    findings.push(finding('wrong_value', CALL, { value: `${drops.invalidSamples} samples`, expected: 'numbers of at least 0' })); // prettier-ignore
  }
  return judged(once(findings), ok(`${count} samples of ${series.length} series`));
}

/** One finding of a kind for each measure is enough: its rows share the cause. */
function once(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ rule, field }) => {
    const key = `${rule} ${field}`;
    return !seen.has(key) && seen.add(key);
  });
}

function unitFindings(metric: PerfMetric, index: number, asked: ResourceMetrics): Finding[] {
  const { resource_type: type, unit } = 'labels' in metric ? metric.labels : metric;
  const field = `${type}.${metric.name}`;
  const wrong = measureFinding(CALL, type, metric.name, unit);
  if (wrong.length > 0) return wrong.map((one) => ({ ...one, index }));
  const stated = asked[type]?.[metric.name]?.unit;
  if (stated === unit) return [];
  const expected = stated === undefined ? 'only measures that were asked for' : `${JSON.stringify(stated)}, as the capabilities state it`; // prettier-ignore
  return [finding('wrong_unit', CALL, { index, field, value: JSON.stringify(unit), expected })];
}

interface Window {
  readonly begin: number;
  readonly end: number;
}

function rowFindings(metric: PerfMetric, index: number, window: Window | undefined): Finding[] {
  const type = 'labels' in metric ? metric.labels.resource_type : metric.resource_type;
  const field = `${type}.${metric.name}`;
  const times =
    'labels' in metric ? Object.keys(metric.values).map(Number) : Array.from(metric.times);
  const values: unknown[] = 'labels' in metric ? Object.values(metric.values) : Array.from(metric.values); // prettier-ignore
  const findings: Finding[] = [];
  const odd = times.find((time) => !isEpochMs(time));
  const outside = window && times.find((time) => time < window.begin || time > window.end);
  if (odd !== undefined) {
    findings.push(finding('wrong_time', CALL, { index, field, value: String(odd), expected: 'epoch ms of the sample' })); // prettier-ignore
  } else if (window && outside !== undefined) {
    const expected = `a time in the window, ${window.begin} to ${window.end}`;
    findings.push(finding('invented_sample', CALL, { index, field, value: String(outside), expected })); // prettier-ignore
  }
  const broken = values.find((value) => !(typeof value === 'number' && Number.isFinite(value) && value >= 0)); // prettier-ignore
  if (broken !== undefined) {
    findings.push(finding('wrong_value', CALL, { index, field, value: written(broken), expected: 'a number of at least 0; a sample without a value is left out' })); // prettier-ignore
  }
  return findings;
}

function comparedSamples(
  series: readonly PerfSeries[],
  wanted: ReturnType<Truth['samples']>,
  system: string,
): Finding[] {
  const keyOf = (type: string, id: string, name: string, time: number) => `${type} ${id} ${name} ${time}`; // prettier-ignore
  const got = new Map<string, number>();
  for (const { resource_type: type, resource_id: id, name, times, values } of series) {
    for (const [index, time] of times.entries())
      got.set(keyOf(type, id, name, time), values[index] ?? Number.NaN);
  }
  const findings: Finding[] = [];
  for (const { resource_type: type, resource_id, name, time, value } of wanted) {
    const id = type === 'storage' ? system : resource_id;
    const key = keyOf(type, id, name, time);
    const is = got.get(key);
    got.delete(key);
    const field = `${type}.${name}`;
    if (is === undefined) {
      findings.push(finding('missing_sample', CALL, { field, value: 'absent', expected: `${value} of ${id} at ${time}` })); // prettier-ignore
    } else if (!(Math.abs(is - value) <= 1e-9 + Math.abs(value) * 1e-6)) {
      const advice = factorHint(is, value);
      const expected = `${value} (base unit) of ${id} at ${time}`;
      const rule = advice === undefined ? 'wrong_value' : 'wrong_unit';
      findings.push(finding(rule, CALL, { field, value: String(is), expected, ...(advice === undefined ? {} : { advice }) })); // prettier-ignore
    }
  }
  // What the core may fill in: overall = read + write.
  const surplus = [...got.keys()].filter((key) => !/ (iops|throughput) \d+$/.test(key));
  return [
    ...findings,
    ...surplus.map((key) => {
      const [type, , name] = key.split(' ');
      return finding('invented_sample', CALL, { field: `${type}.${name}`, value: key, expected: 'only samples that the array has' }); // prettier-ignore
    }),
  ];
}

/** The list that the ids of a resource type come from. */
const LIST_OF: Readonly<Partial<Record<ResourceType, PartName>>> = {
  storagePool: 'storage_pools',
  volume: 'volumes',
  controller: 'controllers',
  port: 'ports',
  disk: 'disks',
  filesystem: 'filesystems',
  share: 'shares',
  volumeGroup: 'volume_groups',
  host: 'storage_hosts',
};

/** Samples of what no list has: their series would have no name. */
function foreignIds(series: readonly PerfSeries[], { parts, opened }: Reading): Finding[] {
  return series.flatMap(({ resource_type: type, resource_id: id, name }) => {
    const list = LIST_OF[type];
    const known = type === 'storage' ? [opened.name] : list && parts[list] && idsOf(parts, list);
    if (!known || known.includes(id)) return [];
    const from = type === 'storage' ? 'context.storageId' : `an id of ${list}`;
    return finding('dangling_reference', CALL, { field: `${type}.${name}`, value: JSON.stringify(id), expected: from }); // prettier-ignore
  });
}
