/** A snapshot as Prometheus text 0.0.4, family by family. */
import { createHash } from 'node:crypto';
import type { Snapshot } from '../../backend/snapshot.ts';
import type { Family } from '../catalog.ts';
import { beyondLimit } from '../count.ts';
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
  /** undefined: the text is as it was sent last. */
  function chunkOf(index: number, bytes: Uint8Array): Chunk | undefined {
    sizes.set(index, bytes.length);
    const digest = createHash('sha1').update(bytes).digest('base64');
    if (sent.get(index) === digest) return undefined;
    sent.set(index, digest);
    return toChunk(bytes);
  }

  /** Writes one family after the other: the text of one is gone before that of the next is made. */
  function createPages(skip: ReadonlySet<number>) {
    const changed = new Map<number, Chunk | undefined>();
    const kept = new Set<number>();
    let series = 0;
    let open: { readonly index: number; readonly buffer: TextBuffer } | undefined;
    const close = () => {
      if (!open || open.buffer.lines === 0) return;
      const { index, buffer } = open;
      series += buffer.lines;
      kept.add(index);
      const chunk = chunkOf(index, buffer.bytes());
      if (chunk) changed.set(index, chunk);
    };
    return {
      /** undefined: the family is left out. */
      bufferOf({ index }: Family): TextBuffer | undefined {
        if (skip.has(index)) return undefined;
        if (open?.index !== index) {
          close();
          if (kept.has(index)) throw new Error(`family ${index} comes in two parts`);
          const bytes = Math.ceil((sizes.get(index) ?? 0) * HEADROOM);
          open = { index, buffer: createTextBuffer(bytes) };
        }
        return open.buffer;
      },
      end() {
        close();
        for (const index of sent.keys()) {
          if (kept.has(index)) continue;
          sent.delete(index);
          changed.set(index, undefined);
        }
        return { changed, series };
      },
    };
  }

  return {
    render(snapshot) {
      identities ??= createIdentities(snapshot.system);
      identities.next();
      const left = beyondLimit(snapshot, maxSeries);
      const skip = new Set(left.keys());
      const pages = createPages(skip);
      const visit: Visit = (family, identity, extra, value) => {
        const buffer = pages.bufferOf(family);
        if (!buffer) return;
        const own = textOf(identity.labels);
        writeLine(buffer, family, extra.length === 0 ? own : `${own},${textOf(extra)}`, value);
      };
      const duplicate = visitInventory(snapshot, identities, visit, skip);
      const placed = placesOf(snapshot.performance, identities, skip);
      visitNewest(placed, identities, visit);
      const labelsOf = createLabels(textOf);
      let unnamed = countUnnamed(snapshot.performance);
      for (const measures of Map.groupBy(placed, ({ family }) => family.index).values()) {
        for (const one of measures) {
          unnamed += writePlaced(pages.bufferOf(one.family), one, labelsOf);
        }
      }
      const { changed, series } = pages.end();
      const exposition = { system: snapshot.system, changed, series };
      const limit = left.values().reduce((sum, count) => sum + count, 0);
      const told = [...left].flatMap(([index, count]) => (count > 0 ? index : []));
      return { exposition, drops: { limit, duplicate, unnamed }, left: new Set(told) };
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
  buffer: TextBuffer | undefined,
  { family, identities, columns }: Placed,
  labelsOf: Labels,
) {
  const texts = labelsOf(identities);
  let without = 0;
  for (const [row, value] of columns.values.entries()) {
    const labels = texts[row];
    if (labels === undefined) without += 1;
    else if (buffer && Number.isFinite(value)) writeLine(buffer, family, labels, value);
  }
  return without;
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
