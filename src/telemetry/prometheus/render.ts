/** A snapshot as Prometheus text 0.0.4, family by family. */
import { createHash } from 'node:crypto';
import type { Snapshot } from '../../backend/snapshot.ts';
import { CATALOG, type Family } from '../catalog.ts';
import { beyondLimit, fits } from '../count.ts';
import { createIdentities, type Identities, type Identity, type Label } from '../labels.ts';
import { labelName } from '../names.ts';
import { visitInventory, visitPerformance } from '../rows.ts';
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
  return {
    render(snapshot) {
      identities ??= createIdentities(snapshot.system);
      identities.next();
      const beyond = beyondLimit(snapshot, maxSeries);
      const skip = new Set(beyond.keys());
      const { lines, duplicate, unnamed } = renderLines(snapshot, identities, texts, sizes, skip);
      const { kept, left, series, limit } = limitSeries(lines, beyond, maxSeries);
      const changed = new Map<number, Chunk | undefined>();
      for (const [index, family] of kept) {
        const bytes = family.bytes();
        sizes.set(index, bytes.length);
        const digest = createHash('sha1').update(bytes).digest('base64');
        if (sent.get(index) === digest) continue;
        sent.set(index, digest);
        changed.set(index, toChunk(family.take()));
      }
      for (const index of sent.keys()) {
        if (kept.has(index)) continue;
        sent.delete(index);
        changed.set(index, undefined);
      }
      const exposition = { system: snapshot.system, changed, series };
      return { exposition, drops: { limit, duplicate, unnamed }, left };
    },
  };
}

type Lines = ReadonlyMap<number, TextBuffer>;

function renderLines(
  snapshot: Snapshot,
  identities: Identities,
  texts: WeakMap<readonly Label[], string>,
  sizes: ReadonlyMap<number, number>,
  skip: ReadonlySet<number>,
): { lines: Lines; duplicate: number; unnamed: number } {
  const lines = new Map<number, TextBuffer>();
  const textOf = (labels: readonly Label[]) => {
    let text = texts.get(labels);
    if (text === undefined) texts.set(labels, (text = labelText(labels)));
    return text;
  };
  const visit = (family: Family, identity: Identity, extra: readonly Label[], value: number) => {
    if (skip.has(family.index)) return;
    let known = lines.get(family.index);
    if (!known) {
      known = createTextBuffer(Math.ceil((sizes.get(family.index) ?? 0) * HEADROOM));
      lines.set(family.index, known);
    }
    const prefix = textOf(identity.labels);
    const labels = extra.length === 0 ? prefix : `${prefix},${textOf(extra)}`;
    known.append(`${family.name}{${labels}} ${formatValue(value)}\n`);
  };
  const duplicate = visitInventory(snapshot, identities, visit, skip);
  const unnamed = visitPerformance(snapshot, identities, visit, skip);
  return { lines, duplicate, unnamed };
}

/** Whole families, in the order of the catalog: a family of which half is missing would lie. */
function limitSeries(lines: Lines, beyond: ReadonlyMap<number, number>, maxSeries: number) {
  const kept = new Map<number, TextBuffer>();
  const left = new Set<number>();
  let series = 0;
  let limit = 0;
  for (const [index, count] of beyond) {
    limit += count;
    if (count > 0) left.add(index);
  }
  for (const { index, instrument } of CATALOG) {
    const family = lines.get(index);
    if (!family) continue;
    if (!fits(instrument, series, family.lines, maxSeries)) {
      limit += family.lines;
      left.add(index);
      continue;
    }
    series += family.lines;
    kept.set(index, family);
  }
  return { kept, left, series, limit };
}

/** `a="x",b="y"`. */
export function labelText(labels: readonly Label[]): string {
  let text = '';
  for (const [key, value] of labels) {
    text += `${text === '' ? '' : ','}${labelName(key)}="${escapeValue(value)}"`;
  }
  return text;
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
