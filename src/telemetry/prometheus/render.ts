/** A snapshot as Prometheus text 0.0.4, family by family. */
import { createHash } from 'node:crypto';
import type { Snapshot } from '../../backend/snapshot.ts';
import { CATALOG, type Family } from '../catalog.ts';
import { beyondLimit, fits } from '../count.ts';
import { createIdentities, type Identities, type Label } from '../labels.ts';
import { labelName } from '../names.ts';
import {
  countUnnamed,
  placesOf,
  visitInventory,
  visitNewest,
  type Placed,
  type Visit,
} from '../rows.ts';
import { toChunk } from './deflate.ts';
import type { Chunk, Exposition } from './exposition.ts';
import { createTextBuffer, type TextBuffer } from './text-buffer.ts';

export interface RenderDrops {
  /** Series of whole families that did not fit under the limit. */
  readonly limit: number;
  /** Records with the id of another one. */
  readonly duplicate: number;
  /** Performance series that the catalog has no family for. */
  readonly unnamed: number;
}

export interface Rendered {
  readonly exposition: Exposition;
  readonly drops: RenderDrops;
  /** Catalog indices of families that did not fit: OTLP leaves them out as well. */
  readonly left: ReadonlySet<number>;
}

export interface Renderer {
  /** What changed on the page of this system. */
  render(snapshot: Snapshot): Rendered;
}

/** A family may be a little longer than last time. */
const HEADROOM = 1.05;

export function createRenderer(maxSeries: number): Renderer {
  /** Digest of the text of each family as it was sent last. */
  const sent = new Map<number, string>();
  /** Bytes of each family last time. */
  const sizes = new Map<number, number>();
  /** Identities and states come again and again. */
  const texts = new WeakMap<readonly Label[], string>();
  let identities: Identities | undefined;
  const textOf = (labels: readonly Label[]) => {
    let text = texts.get(labels);
    if (text === undefined) texts.set(labels, (text = labelText(labels)));
    return text;
  };
  const bufferFor = (index: number) =>
    createTextBuffer(Math.ceil((sizes.get(index) ?? 0) * HEADROOM));

  /** Records by family: each has lines in several of them. */
  function writeRecords(snapshot: Snapshot, known: Identities, skip: ReadonlySet<number>) {
    const buffers = new Map<number, TextBuffer>();
    const visit: Visit = (family, identity, extra, value) => {
      if (skip.has(family.index)) return;
      let buffer = buffers.get(family.index);
      if (!buffer) buffers.set(family.index, (buffer = bufferFor(family.index)));
      const own = textOf(identity.labels);
      writeLine(buffer, family, extra.length === 0 ? own : `${own},${textOf(extra)}`, value);
    };
    const duplicate = visitInventory(snapshot, known, visit, skip);
    const placed = placesOf(snapshot.performance, known, skip);
    visitNewest(placed, known, visit);
    return { buffers, duplicate, placed };
  }

  /** undefined: the text is as it was sent last. */
  function chunkOf(index: number, bytes: Uint8Array): Chunk | undefined {
    sizes.set(index, bytes.length);
    const digest = createHash('sha1').update(bytes).digest('base64');
    if (sent.get(index) === digest) return undefined;
    sent.set(index, digest);
    return toChunk(bytes);
  }

  return {
    render(snapshot) {
      identities ??= createIdentities(snapshot.system);
      identities.next();
      const beyond = beyondLimit(snapshot, maxSeries);
      const limit = createLimit(beyond, maxSeries);
      const records = writeRecords(snapshot, identities, new Set(beyond.keys()));
      const samples = Map.groupBy(records.placed, ({ family }) => family.index);
      const labelsOf = createLabels(textOf);
      let unnamed = countUnnamed(snapshot.performance);
      const changed = new Map<number, Chunk | undefined>();
      const kept = new Set<number>();
      for (const family of CATALOG) {
        const { index } = family;
        // The text of one measure is gone before that of the next is made.
        const measure = samples.get(index);
        const buffer = records.buffers.get(index) ?? (measure && bufferFor(index));
        if (!buffer) continue;
        records.buffers.delete(index);
        for (const one of measure ?? []) unnamed += writePlaced(buffer, one, labelsOf);
        if (buffer.lines === 0 || !limit.takes(family, buffer.lines)) continue;
        kept.add(index);
        const chunk = chunkOf(index, buffer.bytes());
        if (chunk) changed.set(index, chunk);
      }
      for (const index of sent.keys()) {
        if (kept.has(index)) continue;
        sent.delete(index);
        changed.set(index, undefined);
      }
      const { left, dropped, series } = limit;
      const exposition = { system: snapshot.system, changed, series };
      const drops = { limit: dropped, duplicate: records.duplicate, unnamed };
      return { exposition, drops, left };
    },
  };
}

function writeLine(buffer: TextBuffer, { name }: Family, labels: string, value: number): void {
  buffer.append(`${name}{${labels}} ${formatValue(value)}\n`);
}

type Labels = (identities: Placed['identities']) => readonly (string | undefined)[];

/** Texts by row: made once for the measures that share their resources. */
function createLabels(textOf: (labels: readonly Label[]) => string): Labels {
  const known = new Map<Placed['identities'], readonly (string | undefined)[]>();
  return (identities) => {
    let texts = known.get(identities);
    if (!texts) {
      texts = identities.map((identity) => identity && textOf(identity.labels));
      known.set(identities, texts);
    }
    return texts;
  };
}

/** Returns how many have the labels of others. */
function writePlaced(
  buffer: TextBuffer,
  { family, identities, columns }: Placed,
  labelsOf: Labels,
) {
  const texts = labelsOf(identities);
  let without = 0;
  for (const [row, value] of columns.values.entries()) {
    const labels = texts[row];
    if (labels === undefined) without += 1;
    else if (Number.isFinite(value)) writeLine(buffer, family, labels, value);
  }
  return without;
}

/** Whole families, in the order of the catalog: a family of which half is missing would lie. */
function createLimit(beyond: ReadonlyMap<number, number>, maxSeries: number) {
  const left = new Set<number>();
  const limit = {
    left,
    /** Series of what is left out, and of what is not. */
    dropped: 0,
    series: 0,
    takes({ index, instrument }: Family, lines: number): boolean {
      const isTaken = fits(instrument, limit.series, lines, maxSeries);
      if (isTaken) limit.series += lines;
      else leave(index, lines);
      return isTaken;
    },
  };
  function leave(index: number, lines: number): void {
    limit.dropped += lines;
    if (lines > 0) left.add(index);
  }
  for (const [index, count] of beyond) leave(index, count);
  return limit;
}

/** `a="x",b="y"`: joined to one string, not a tree of its parts, as it is kept. */
export function labelText(labels: readonly Label[]): string {
  return labels.map(([key, value]) => `${labelName(key)}="${escapeValue(value)}"`).join(',');
}

/** Backslash, quote and line feed as the format says. */
function escapeValue(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** A number as Go reads it. */
export function formatValue(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}
