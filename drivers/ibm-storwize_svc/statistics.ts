/** Statistics files: their names and their XML. */
import { InvalidResponse, zonedTime, zoneOffset, type MetricName } from 'delfin-agent/driver';
import { driveId } from './hardware.ts';
import {
  MEASURES,
  type Counters,
  type FileType,
  type MeasuredType,
  type Measure,
} from './metrics.ts';
import { scanXml, type Tag } from './xml.ts';

export interface StatisticsFile {
  readonly name: string;
  readonly type: FileType;
  /** Panel name of the node that wrote it. */
  readonly panel: string;
  /** Its end by the system's local clock, as if that were UTC. */
  readonly clock: number;
}

const NAME = /^(N[vmdn])_stats_([\w.-]+)_(\d\d)(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)$/;

/** Undefined for any other file: only names of exactly this shape are ever asked for. */
export function fileOf(name: string): StatisticsFile | undefined {
  const match = NAME.exec(name);
  if (!match) return undefined;
  const [, type, panel = '', ...digits] = match;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.map(Number);
  const clock = Date.UTC(2000 + year, month - 1, day, hour, minute, second);
  return { name, type: type as FileType, panel, clock };
}

const DAY_MS = 86_400_000;

/** When a clock in this zone shows this: once, or twice in the night in which summer time ends. */
export function timesOf(clock: number, timezone: string): readonly number[] {
  const offsets = [clock - DAY_MS, clock + DAY_MS].map((day) => zoneOffset(day, timezone));
  const times = [...new Set(offsets)].map((offset) => clock - offset);
  const real = times.filter((time) => time + zoneOffset(time, timezone) === clock);
  return real.length > 0 ? real.sort((a, b) => a - b) : times.slice(0, 1);
}

/** One object's counters in one file. */
export interface Reading {
  readonly type: MeasuredType;
  /** The native id; for ports their WWPN, upper case. */
  readonly key: string;
  readonly name: string | undefined;
  readonly counters: Counters;
}

export interface Statistics {
  /** Id of the node that wrote them. */
  readonly node: string | undefined;
  readonly nodeName: string | undefined;
  /** Their end by the node itself, epoch ms; undefined where it does not say in which zone. */
  readonly time: number | undefined;
  /** Readings by type and key. */
  readonly readings: ReadonlyMap<string, Reading>;
}

const ELEMENTS = {
  Nv: new Set(['vdsk']),
  Nm: new Set(['mdsk']),
  Nd: new Set(['mdsk', 'drv', 'drive', 'disk']),
  Nn: new Set(['port', 'cpu']),
} as const satisfies Record<FileType, ReadonlySet<string>>;

/** @throws InvalidResponse for anything but whole XML without a document type. */
export async function parseStatistics(
  content: Uint8Array,
  file: StatisticsFile,
  pause: () => Promise<void>,
): Promise<Statistics> {
  const readings = new Map<string, Reading>();
  let root: Tag | undefined;
  await scanXml(content, file.name, {
    wanted: ELEMENTS[file.type],
    pause,
    found(tag) {
      root ??= tag;
      const reading = tag === root ? undefined : readingOf(tag, file.type, root);
      if (reading) readings.set(`${reading.type} ${reading.key}`, reading);
    },
  });
  const { attributes = {} } = root ?? {};
  const isStatistics = ['node_id', 'timestamp', 'timestamp_utc'].some((name) => name in attributes);
  if (!isStatistics) {
    throw new InvalidResponse(
      `${file.name}: no statistics, but <${(root?.name ?? '').slice(0, 40)}>`,
    );
  }
  return {
    node: nodeId(attributes['node_id']),
    nodeName: plainText(attributes['id']),
    time: rootTime(attributes),
    readings,
  };
}

/** `timestamp_utc`, or `timestamp` of a clock with `timezone="GMT+1:00"`. */
function rootTime(attributes: Tag['attributes']): number | undefined {
  const utc = writtenTime(attributes['timestamp_utc']);
  if (utc !== undefined) return utc;
  const local = writtenTime(attributes['timestamp']);
  const [whole, sign, hours = '0', minutes = '0'] =
    /^(?:GMT|UTC)(?:([+-])(\d{1,2})(?::?(\d\d))?)?$/.exec(attributes['timezone'] ?? '') ?? [];
  if (local === undefined || whole === undefined) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return local - (sign === '-' ? -offset : offset);
}

/** "2020-11-10 09:08:27" */
function writtenTime(value: string | undefined): number | undefined {
  const [, ...digits] =
    /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.\d+)?Z?$/.exec(value ?? '') ?? [];
  if (digits.length === 0) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.map(Number);
  return zonedTime({ year, month, day, hour, minute, second }, 'UTC');
}

function readingOf({ name: tag, attributes }: Tag, file: FileType, root: Tag): Reading | undefined {
  const made = (type: MeasuredType, key: string | undefined, name?: string) =>
    key ? { type, key, name, counters: countersOf(type, attributes) } : undefined;
  const idx = attributes['idx'];
  const name = plainText(attributes['id']);
  if (file === 'Nv') return made('volume', idx, name);
  if (file === 'Nm') return made('disk', idx, name);
  if (file === 'Nd') {
    const drive = idx === undefined ? undefined : driveId(idx);
    return made('disk', drive, drive);
  }
  if (tag === 'port') {
    const { fc_wwpn: fc, fcoe_wwpn: fcoe, wwpn } = attributes;
    return made('port', wwpnOf(fc || fcoe || wwpn));
  }
  // The processor is that of the node which wrote the file: the root names it.
  const { node_id: node, id } = root.attributes;
  return made('controller', nodeId(node), plainText(id));
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** UTF-8 with the five entities of XML itself; all others stay text. */
function plainText(value: string | undefined): string | undefined {
  return value
    ?.replaceAll(/[\u0080-\u00FF]+/g, (bytes) => Buffer.from(bytes, 'latin1').toString('utf8'))
    .replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '');
}

/** "0x0000000000000003" is node 3. */
function nodeId(value: string | undefined): string | undefined {
  const [, digits] = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(value ?? '') ?? [];
  return digits === undefined ? undefined : String(BigInt(`0x${digits}`));
}

export function wwpnOf(value: string | undefined): string | undefined {
  const digits = value?.replace(/^0x/i, '').toUpperCase();
  return digits && /^[0-9A-F]+$/.test(digits) ? digits : undefined;
}

const namesIn = (measure: Measure) =>
  'rate' in measure ? measure.rate : [...measure.of, ...measure.per];

const namesOf = (table: Readonly<Partial<Record<MetricName, Measure>>>) => [
  ...new Set(Object.values(table).flatMap(namesIn)),
];
const COUNTERS: Readonly<Record<MeasuredType, readonly string[]>> = {
  volume: namesOf(MEASURES.volume),
  disk: namesOf(MEASURES.disk),
  controller: namesOf(MEASURES.controller),
  port: namesOf(MEASURES.port),
};

/** Releases without the counters in us have them in ms. */
const MICROSECONDS = [
  ['urq', 'rq'],
  ['uwq', 'wq'],
] as const;

/** The counters that the type's measures use. */
function countersOf(type: MeasuredType, attributes: Tag['attributes']): Counters {
  const counters: Record<string, number> = {};
  for (const name of COUNTERS[type]) {
    const value = counterOf(attributes[name]);
    if (value !== undefined) counters[name] = value;
  }
  if (type !== 'disk') return counters;
  for (const [micro, milli] of MICROSECONDS) {
    const value = counterOf(attributes[milli]);
    if (value !== undefined) counters[micro] ??= value * 1000;
  }
  return counters;
}

const counterOf = (value: string | undefined) =>
  value !== undefined && /^\d{1,20}$/.test(value) ? Number(value) : undefined;
