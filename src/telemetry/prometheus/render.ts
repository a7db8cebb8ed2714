/** A snapshot as Prometheus text 0.0.4, family by family. */
import { createHash } from 'node:crypto';
import type { Snapshot } from '../../backend/snapshot.ts';
import { CATALOG, type Family } from '../catalog.ts';
import { createIdentities, type Identities, type Identity, type Label } from '../labels.ts';
import { labelName } from '../names.ts';
import { visitInventory, visitPerformance } from '../rows.ts';
import { toChunk } from './deflate.ts';
import type { Chunk, Exposition } from './exposition.ts';

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

/** Families that a limit never takes. */
const ALWAYS: ReadonlySet<string> = new Set(['storage.system.up']);

export function createRenderer(maxSeries: number): Renderer {
  /** Digest of the text of each family as it was sent last. */
  const sent = new Map<number, string>();
  const prefixes = new WeakMap<object, string>();
  let identities: Identities | undefined;
  return {
    render(snapshot) {
      identities ??= createIdentities(snapshot.system);
      identities.next();
      const { lines, duplicate, unnamed } = renderLines(snapshot, identities, prefixes);
      const { kept, left, series, limit } = limitSeries(lines, maxSeries);
      const changed = new Map<number, Chunk | undefined>();
      for (const [index, family] of kept) {
        const text = family.join('');
        const digest = createHash('sha1').update(text).digest('base64');
        if (sent.get(index) === digest) continue;
        sent.set(index, digest);
        changed.set(index, toChunk(text));
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

type Lines = ReadonlyMap<number, readonly string[]>;

function renderLines(
  snapshot: Snapshot,
  identities: Identities,
  prefixes: WeakMap<object, string>,
): { lines: Lines; duplicate: number; unnamed: number } {
  const lines = new Map<number, string[]>();
  const visit = (family: Family, identity: Identity, extra: readonly Label[], value: number) => {
    let known = lines.get(family.index);
    if (!known) lines.set(family.index, (known = []));
    let prefix = prefixes.get(identity);
    if (prefix === undefined) {
      prefix = labelText(identity.labels);
      prefixes.set(identity, prefix);
    }
    const labels = extra.length === 0 ? prefix : `${prefix},${labelText(extra)}`;
    known.push(`${family.name}{${labels}} ${formatValue(value)}\n`);
  };
  const duplicate = visitInventory(snapshot, identities, visit);
  const unnamed = visitPerformance(snapshot, identities, visit);
  return { lines, duplicate, unnamed };
}

/** Whole families, in the order of the catalog: a family of which half is missing would lie. */
function limitSeries(lines: Lines, maxSeries: number) {
  const kept = new Map<number, readonly string[]>();
  const left = new Set<number>();
  let series = 0;
  let limit = 0;
  for (const { index, instrument } of CATALOG) {
    const family = lines.get(index);
    if (!family) continue;
    if (series + family.length > maxSeries && !ALWAYS.has(instrument)) {
      limit += family.length;
      left.add(index);
      continue;
    }
    series += family.length;
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
