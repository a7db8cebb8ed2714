/** `explain BACKEND SERIES`: where a number comes from, or why it is not there. One run of the array. */
import { LISTS } from '../backend/lists.ts';
import { nearest } from '../config/nearest.ts';
import { METRIC_NAMES, RESOURCE_TYPES } from '../driver/metrics.ts';
import { describeExchange, isExchange, type Entry, type ExchangeEntry } from '../recording/exchange.ts'; // prettier-ignore
import { leavesOf } from '../recording/leaves.ts';
import { createRecorder } from '../recording/recorder.ts';
import { CATALOG, performanceFamily, type Family } from '../telemetry/catalog.ts';
import { labelName } from '../telemetry/names.ts';
import { RULES } from '../telemetry/rows.ts';
import { baseUnit, toBase } from '../telemetry/units.ts';
import { UsageError, withBackend, type CommonOptions, type OneBackend } from './context.ts';
import { readBackend, type Reading } from './reading.ts';
import { seriesOfReading, type Series } from './series.ts';
import { printable } from './tables.ts';

interface Wanted {
  readonly family: Family;
  readonly labels: Readonly<Record<string, string>>;
  readonly object: string | undefined;
}

const SERIES = /^\s*([a-zA-Z_]\w*)\s*(?:\{(.*)\})?\s*$/s;
const LABEL = /(\w+)\s*=\s*"((?:[^"\\]|\\.)*)"/g;
/** Requests that are shown; a list may have thousands. */
const SHOWN = 10;

export async function explainSeries(
  name: string,
  series: string,
  object: string | undefined,
  options: CommonOptions & { readonly format: 'table' | 'json' },
): Promise<void> {
  const wanted = { ...parse(series), object };
  const recorder = createRecorder();
  const document = await withBackend(
    name,
    options,
    async (backend) => {
      const reading = await readBackend(backend, {});
      return describe(backend, reading, wanted, recorder.entries);
    },
    { reach: recorder },
  );
  if (options.format === 'json') process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else print(document);
}

function parse(written: string): Omit<Wanted, 'object'> {
  const [, name = '', labels = ''] = SERIES.exec(written) ?? [];
  const family = CATALOG.find((each) => each.name === name);
  if (!family || family.group === 'self') {
    const names = CATALOG.filter(({ group }) => group !== 'self').map((each) => each.name);
    const [near] = nearest(name, names);
    const why = family ? 'is of the agent, not of an array' : 'is no metric of an array';
    throw new UsageError(`"${written}" ${why}${near ? ` (did you mean ${near}?)` : ''}`);
  }
  const pairs = Array.from(labels.matchAll(LABEL), ([, key = '', value = '']) => [
    key,
    value.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter)),
  ]);
  return { family, labels: Object.fromEntries(pairs) as Record<string, string> };
}

/** What of the driver's answers a family is made of. */
interface Source {
  readonly call: string;
  readonly field: string;
  readonly list?: string;
  readonly conversion: string;
  /** The exported value as the array may have written it; absent: it is none of its numbers. */
  readonly raw?: (value: number) => number;
}

const same = (value: number): number => value;

function sourceOf({ capabilities }: Reading, family: Family): Source | undefined {
  for (const type of RESOURCE_TYPES) {
    for (const name of METRIC_NAMES) {
      if (performanceFamily(type, name) !== family) continue;
      const unit = capabilities?.resource_metrics[type]?.[name]?.unit;
      const conversion = unit ? `${unit} -> ${baseUnit(name)}` : 'not declared by the driver';
      const factor = unit ? toBase(unit, 1) : 1;
      return { call: 'collectPerfMetrics', field: `${type} ${name}`, conversion, raw: (value) => value / factor }; // prettier-ignore
    }
  }
  for (const { table, info, quantities, states } of RULES) {
    const call = LISTS.find(({ parts }) => parts.some((part) => part.name === table.list))?.method;
    const about = { call: call ?? 'getStorage', list: table.list };
    const quantity = quantities.find((each) => each.family === family);
    if (quantity) {
      const factor = quantity.from === 'bit/s' ? 8 : 1_000;
      const conversion = quantity.from ? `${quantity.from} -> ${family.unit}` : `none, in ${family.unit}`; // prettier-ignore
      return { ...about, field: quantity.field, conversion, raw: quantity.from ? (value) => value * factor : same }; // prettier-ignore
    }
    const state = states.find((each) => each.family === family);
    if (state) return { ...about, field: state.field, conversion: '1 for the state it is in' }; // prettier-ignore
    if (info === family) return { ...about, field: 'labels', conversion: 'always 1' };
  }
  return undefined;
}

function describe(
  backend: OneBackend,
  reading: Reading,
  wanted: Wanted,
  entries: readonly Entry[],
) {
  const { settings } = backend;
  const now = Date.now();
  const { family } = wanted;
  const source = sourceOf(reading, family);
  const matching = seriesOfReading(backend, reading, now).filter((one) => matches(one, wanted));
  const [found] = matching;
  const exchanges = entries.filter(
    (entry): entry is ExchangeEntry => isExchange(entry) && entry.call === source?.call,
  );
  // What lists share is asked for once, by whichever comes first.
  const ownFirst = [...exchanges, ...entries.filter(isExchange).filter((one) => !exchanges.includes(one))]; // prettier-ignore
  const requests = [...new Set(exchanges.map(describeExchange))];
  return {
    backend: settings.name,
    driver: `${settings.vendor} ${settings.model}`,
    metric: family.name,
    help: family.help,
    ...(source ? { call: source.call, field: source.field, conversion: source.conversion } : { call: 'none: the agent says it' }), // prettier-ignore
    requests: requests.slice(0, SHOWN),
    ...(requests.length > SHOWN ? { more_requests: requests.length - SHOWN } : {}),
    ...(found
      ? {
          labels: Object.fromEntries(found.labels.map(([key, value]) => [labelName(key), value])),
          value: found.value,
          unit: family.unit,
          ...timeOf(found, now),
          ...(source?.raw ? { raw: rawOf(found, source.raw(found.value), ownFirst) } : {}),
          ...(matching.length > 1 ? { others: matching.length - 1 } : {}),
        }
      : { absent: whyAbsent(backend, reading, wanted, source) }),
  };
}

function matches({ family, labels }: Series, wanted: Wanted): boolean {
  if (family !== wanted.family) return false;
  const own = new Map(labels.map(([key, value]) => [labelName(key), value]));
  const isObject = wanted.object === undefined || [...own.values()].includes(wanted.object);
  return isObject && Object.entries(wanted.labels).every(([key, value]) => own.get(key) === value);
}

function timeOf({ time }: Series, now: number) {
  if (time === undefined) return { time: new Date(now).toISOString(), time_of: 'this run' };
  const age = Math.round((now - time) / 1_000);
  return { time: new Date(time).toISOString(), time_of: "the array's sample", age_seconds: age };
}

/** The number itself, looked for in the answers: a driver may have computed it from several. */
function rawOf(found: Series, raw: number, exchanges: readonly ExchangeEntry[]) {
  const id = found.labels[1]?.[1];
  const near = (value: string) =>
    value !== '' && Math.abs(Number(value) - raw) <= Math.abs(raw) * 1e-9;
  const hits: { call: string; request: string; key: string; value: string }[] = [];
  for (const entry of exchanges) {
    let about = id === undefined;
    const here: typeof hits = [];
    leavesOf(entry, ({ key, value }) => {
      about ||= value === id;
      if (near(value))
        here.push({ call: entry.call ?? 'open', request: describeExchange(entry), key, value });
    });
    if (about || describeExchange(entry).includes(String(id))) hits.push(...here);
  }
  const [first] = hits;
  if (!first) return { found: 'no answer has this number: the driver computes it, or reads it otherwise' }; // prettier-ignore
  const how = `the number stands ${hits.length === 1 ? 'once' : `${hits.length} times`} in answers that name the object; which one the driver took is not known`;
  return { ...first, found: how };
}

function whyAbsent(
  { drops, settings }: OneBackend,
  reading: Reading,
  { object, labels }: Wanted,
  source: Source | undefined,
): string {
  if (!source) return 'nothing of this array has these labels';
  const problem = reading.document.problems.find(({ call }) => call === source.call);
  if (problem) return `${problem.call} failed: ${problem.error_type}: ${problem.message}`;
  const which = object ?? (Object.keys(labels).length > 0 ? 'with these labels' : '');
  if (source.list === undefined) {
    if (settings.resources?.size === 0) return 'performance is off for this backend';
    if (source.conversion.startsWith('not')) return `not in the capabilities: the array or its driver does not measure ${source.field}`; // prettier-ignore
    return `no sample of ${source.field} ${which} came in this window: the object is gone, idle, or not measured`;
  }
  const records = (reading.inventory as Readonly<Record<string, unknown>>)[source.list];
  if (records === undefined) return `the array or its driver has no ${source.list}`;
  const drop = drops.find(({ list, field }) => list === source.list && (field === undefined || field === source.field)); // prettier-ignore
  if (drop) return `dropped: ${drop.reason} in ${drop.list}${drop.field ? `, field ${drop.field}` : ''}${drop.raw ? `, the array said "${drop.raw}"` : ''}`; // prettier-ignore
  const known = [records].flat() as Readonly<Record<string, unknown>>[];
  const isThere = object === undefined || known.some((one) => Object.values(one).includes(object));
  if (!isThere) return `${source.list} has no "${object}": the object is gone, or is called otherwise`; // prettier-ignore
  return `no object is called so, or the array gives no ${source.field} for it; nothing is made up`;
}

function print(document: ReturnType<typeof describe>): void {
  const shown = (value: unknown): string => {
    if (typeof value === 'string') return value;
    return JSON.stringify(value);
  };
  for (const [key, value] of Object.entries(document)) {
    const lines = Array.isArray(value) ? value.map(shown) : [shown(value)];
    const text = lines.join(`\n${' '.repeat(15)}`);
    process.stdout.write(`${key.padEnd(14)} ${text.split('\n').map(printable).join('\n')}\n`);
  }
}
