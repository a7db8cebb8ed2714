/** Statistics files: their names, their clocks and their XML. */
import {
  InvalidResponse,
  writtenTime,
  xmlTags,
  zoneOffset,
  zoneOr,
  type DriverContext,
  type XmlTag,
} from 'delfin-agent/driver';
import { driveId } from './hardware.ts';
import { FILES, MEASURES, type Delta, type FileType, type MeasuredType } from './metrics.ts';
import type { Row } from './table.ts';

export type StatisticsFile = NonNullable<ReturnType<typeof fileOf>>;

const NAME = /^(N[vmdn])_stats_([\w.-]+)_(\d{6}_\d{6})$/;

/**
 * Type, the panel name of the node that wrote it, its end by the system's local clock as if that were UTC.
 * Undefined for any other file: only names of exactly this shape are ever asked for.
 */
export function fileOf(name: string) {
  const [, type, panel = '', written] = NAME.exec(name) ?? [];
  const clock = clockOf(written);
  return clock === undefined ? undefined : { name, type: type as FileType, panel, clock };
}

const DIGITS = /^(\d\d|\d{4})\D?(\d\d)\D?(\d\d)\D?(\d\d)\D?(\d\d)\D?(\d\d)(?:\.\d+)?Z?$/;

/** "201110090827", "2020/11/10/09/08/27", "2020-11-10 09:08:27": a clock as if it were UTC, epoch ms. */
export function clockOf(written: string | undefined): number | undefined {
  const [, year, ...rest] = DIGITS.exec(written ?? '') ?? [];
  if (year === undefined) return undefined;
  const [month = 1, day, hour, minute, second] = rest.map(Number);
  return Date.UTC(Number(year.padStart(4, '20')), month - 1, day, hour, minute, second);
}

const DAY_MS = 86_400_000;

/** When a clock in this zone shows this: once, or twice in the night in which summer time ends. */
export function timesOf(clock: number, timezone: string): readonly number[] {
  const offsets = [clock - DAY_MS, clock + DAY_MS].map((day) => zoneOffset(day, timezone));
  const times = [...new Set(offsets)].map((offset) => clock - offset);
  const real = times.filter((time) => time + zoneOffset(time, timezone) === clock);
  return real.length > 0 ? real.sort((a, b) => a - b) : times.slice(0, 1);
}

/** The first time at which a clock in this zone shows this. */
export const timeOf = (clock: number | undefined, timezone: string | undefined) =>
  clock === undefined || timezone === undefined ? undefined : timesOf(clock, timezone)[0];

/** "246 Asia/Shanghai"; a zone that the runtime does not know is the configured one. */
export function zoneOf(system: Row, { timezone }: Pick<DriverContext, 'timezone'>): string {
  return zoneOr(system['time_zone']?.replace(/^\d+\s+/, ''), timezone);
}

/** @throws InvalidResponse for anything but whole XML without a document type. */
export async function parseStatistics(
  content: Uint8Array,
  { name, type }: StatisticsFile,
  pause: () => Promise<void>,
) {
  const { elements } = FILES[type];
  const written = Buffer.from(content).toString('utf8');
  const readings = new Map<string, Reading>();
  let root: XmlTag | undefined;
  for await (const tag of xmlTags(written, name, new Set(Object.keys(elements)), pause)) {
    const reading = root && readingOf(tag, type, root);
    root ??= tag;
    if (reading) readings.set(`${reading.type} ${reading.id}`, reading);
  }
  if (!root || !['node_id', 'timestamp', 'timestamp_utc'].some((key) => root.attributes.has(key))) {
    throw new InvalidResponse(`${name}: no statistics, but <${(root?.name ?? '').slice(0, 40)}>`);
  }
  const [node, nodeName] = nodeOf(root);
  return {
    node,
    nodeName,
    /** Their end by the node itself, epoch ms; undefined where it does not say in which zone. */
    time: rootTime(root),
    /** By type and id. */
    readings: readings as ReadonlyMap<string, Reading>,
  };
}

/** `timestamp_utc`, or `timestamp` of a clock with `timezone="GMT+1:00"`. */
function rootTime({ attributes }: XmlTag): number | undefined {
  const zone = /^(?:GMT|UTC)([+-][\d:]+)?$/.exec(attributes.get('timezone') ?? '');
  const local = `${attributes.get('timestamp')} ${zone?.[1] ?? 'Z'}`;
  return (
    writtenTime(attributes.get('timestamp_utc'), 'UTC') ??
    (zone ? writtenTime(local, undefined) : undefined)
  );
}

type Reading = NonNullable<ReturnType<typeof readingOf>>;

/** One object's counters in one file; `id`: the native id, of ports their WWPN in upper case. */
function readingOf({ name: element, attributes }: XmlTag, file: FileType, root: XmlTag) {
  const type = FILES[file].elements[element];
  const made = (id: string | undefined, name?: string) =>
    type && id ? { type, id, name, counters: countersOf(type, attributes) } : undefined;
  const idx = attributes.get('idx');
  const wwpn = WWPN.map((name) => attributes.get(name)).find(Boolean);
  if (type === 'port') return made(hexOf(wwpn));
  // The processor is that of the node which wrote the file: the root names it.
  if (type === 'controller') return made(...nodeOf(root));
  if (file !== 'Nd') return made(idx, attributes.get('id'));
  const drive = driveId({ id: idx });
  return made(drive, drive);
}

const WWPN = ['fc_wwpn', 'fcoe_wwpn', 'wwpn'];

/** As files and lists write it, with or without 0x, in either case. */
export const hexOf = (value: string | undefined) =>
  /^(?:0x)?([0-9a-f]{1,16})$/i.exec(value ?? '')?.[1]?.toUpperCase();

/** Id and name of the node that wrote a file: "0x0000000000000003" is node 3. */
function nodeOf({ attributes }: XmlTag) {
  const digits = hexOf(attributes.get('node_id'));
  return [digits && String(BigInt(`0x${digits}`)), attributes.get('id')] as const;
}

/** The counters that a type's measures use. */
const COUNTERS = new Map(
  Object.entries(MEASURES).map(([type, measures]) => {
    const names = Object.values(measures).flatMap(({ of, per = [] }) => [...of, ...per]);
    return [type, new Set(names)];
  }),
);
/** Releases without the counters in us have them in ms. */
const MILLISECONDS: Readonly<Record<string, string>> = { urq: 'rq', uwq: 'wq' };

function countersOf(type: MeasuredType, attributes: XmlTag['attributes']): Delta['counters'] {
  const counters: Record<string, number> = {};
  for (const name of COUNTERS.get(type) ?? []) {
    const value = counterOf(attributes.get(name));
    const ms = counterOf(attributes.get(MILLISECONDS[name] ?? ''));
    if (value !== undefined) counters[name] = value;
    else if (ms !== undefined) counters[name] = ms * 1000;
  }
  return counters;
}

const counterOf = (value: string | undefined) =>
  value !== undefined && /^\d{1,20}$/.test(value) ? Number(value) : undefined;
