/** Statistics files: their names and their XML. */
import { InvalidResponse, type MetricName } from 'delfin-agent/driver';
import { zonedTime } from 'delfin-agent/driver';
import { driveId } from './hardware.ts';
import {
  MEASURES,
  type Counters,
  type FileType,
  type MeasuredType,
  type Measure,
} from './metrics.ts';

export interface StatisticsFile {
  readonly name: string;
  readonly type: FileType;
  /** Panel name of the node that wrote it. */
  readonly panel: string;
  /** Epoch ms of its end. */
  readonly time: number;
}

const NAME = /^(N[vmdn])_stats_([\w.-]+)_(\d\d)(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)$/;

/** Undefined for any other file: only names of exactly this shape are ever asked for. */
export function fileOf(name: string, timezone: string): StatisticsFile | undefined {
  const match = NAME.exec(name);
  if (!match) return undefined;
  const [, type, panel = '', ...digits] = match;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.map(Number);
  const clock = { year: 2000 + year, month, day, hour, minute, second };
  return { name, type: type as FileType, panel, time: zonedTime(clock, timezone) };
}

/** One object's counters in one file. */
export interface Reading {
  readonly type: MeasuredType;
  /** The native id; for ports their WWPN, upper case. */
  readonly key: string;
  readonly name: string | undefined;
  readonly counters: Counters;
}

type Attributes = Readonly<Record<string, string>>;
interface Element {
  readonly tag: string;
  readonly attributes: Attributes;
}

/** The parser is loaded with the first file. @throws InvalidResponse for anything but whole XML without a DTD. */
export async function parseStatistics(
  content: Uint8Array,
  file: StatisticsFile,
): Promise<readonly Reading[]> {
  const text = Buffer.from(content).toString('utf8').trim();
  if (!text.startsWith('<') || !/(<\/[\w:.-]+|\/)>$/.test(text) || text.includes('<!DOCTYPE')) {
    throw new InvalidResponse(`${file.name}: no whole XML`);
  }
  const { XMLParser } = await import('fast-xml-parser');
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseAttributeValue: false,
    processEntities: false,
    removeNSPrefix: true,
  });
  let tree: unknown;
  try {
    tree = parser.parse(text);
  } catch (cause) {
    throw new InvalidResponse(`${file.name}: broken XML`, { cause });
  }
  const elements = [...elementsOf(tree, 0)];
  const [root] = elements;
  return elements.flatMap((element) => readingOf(element, file.type, root));
}

const MAX_DEPTH = 8;

/** The tree is a list of objects, each with one tag and its attributes under ":@". */
function* elementsOf(tree: unknown, depth: number): Generator<Element> {
  if (!Array.isArray(tree) || depth > MAX_DEPTH) return;
  for (const node of tree as readonly unknown[]) {
    if (typeof node !== 'object' || node === null) continue;
    const { ':@': attributes, ...children } = node as Readonly<Record<string, unknown>>;
    for (const [tag, below] of Object.entries(children)) {
      if (tag.startsWith('#') || tag.startsWith('?')) continue;
      yield { tag, attributes: (attributes ?? {}) as Attributes };
      yield* elementsOf(below, depth + 1);
    }
  }
}

function readingOf(element: Element, file: FileType, root: Element | undefined): Reading[] {
  const { tag, attributes } = element;
  const made = (type: MeasuredType, key: string | undefined, name?: string) =>
    key ? [{ type, key, name, counters: countersOf(type, attributes) }] : [];
  const idx = attributes['idx'];
  const name = plainText(attributes['id']);
  if (file === 'Nv') return tag === 'vdsk' ? made('volume', idx, name) : [];
  if (file === 'Nm') return tag === 'mdsk' ? made('disk', idx, name) : [];
  if (file === 'Nd') {
    const drive = idx === undefined ? undefined : driveId(idx);
    return /^(mdsk|drv|drive|disk)$/.test(tag) ? made('disk', drive, drive) : [];
  }
  if (tag === 'port') {
    const { fc_wwpn: fc, fcoe_wwpn: fcoe, wwpn } = attributes;
    return made('port', wwpnOf(fc || fcoe || wwpn));
  }
  if (tag === 'node') return made('controller', nodeId(attributes['node_id']), name);
  // The processor is that of the node which wrote the file: the root names it.
  if (tag === 'cpu') {
    return made(
      'controller',
      nodeId(root?.attributes['node_id']),
      plainText(root?.attributes['id']),
    );
  }
  return [];
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** The five entities of XML itself; all others stay text. */
function plainText(value: string | undefined): string | undefined {
  return value?.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '');
}

/** "0x0000000000000003" is node 3. */
function nodeId(value: string | undefined): string | undefined {
  if (value === undefined || !/^(0x)?[0-9a-f]+$/i.test(value)) return undefined;
  return String(Number.parseInt(value.replace(/^0x/i, ''), 16));
}

export function wwpnOf(value: string | undefined): string | undefined {
  const digits = value?.replace(/^0x/i, '').toUpperCase();
  return digits && /^[0-9A-F]+$/.test(digits) ? digits : undefined;
}

const namesIn = (measure: Measure) =>
  'rate' in measure ? measure.rate : [...measure.of, ...measure.per];

/** The counters that the type's measures use. */
function countersOf(type: MeasuredType, attributes: Attributes): Counters {
  const table: Readonly<Partial<Record<MetricName, Measure>>> = MEASURES[type];
  const counters: Record<string, number> = {};
  for (const name of new Set(Object.values(table).flatMap(namesIn))) {
    const value = attributes[name];
    if (value !== undefined && /^\d+$/.test(value)) counters[name] = Number(value);
  }
  if (type === 'disk') {
    // Releases without the counters in us have them in ms.
    for (const [micro, milli] of [
      ['urq', 'rq'],
      ['uwq', 'wq'],
    ] as const) {
      const value = attributes[milli];
      if (counters[micro] === undefined && value !== undefined && /^\d+$/.test(value)) {
        counters[micro] = Number(value) * 1000;
      }
    }
  }
  return counters;
}
