/** The pages of the main thread: put together from chunks when they changed, kept until they change. */
import { CATALOG, prometheusType, type Family } from '../catalog.ts';
import { gzipMember, join, textOf, toChunk, type Joined, type Piece } from './deflate.ts';
import type { Chunk, Exposition } from './exposition.ts';

/** A body in pieces, to be written one after the other. */
export interface Body {
  readonly bytes: number;
  readonly pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** A page. It is kept packed; plain, each piece is unpacked when its turn comes. */
export interface Page {
  plain(): Body;
  gzip(): Body & { readonly pieces: readonly Uint8Array[] };
}

export interface PageStore {
  /** Takes what changed of one system. */
  apply(exposition: Exposition): void;
  /** Forgets a system. */
  remove(system: string): void;
  /** Text that follows the arrays' families on the page of all systems. */
  setOwn(text: string): void;
  /** The page of all systems, or of one; undefined if there is no such one. */
  page(system?: string): Page | undefined;
  /** Series of all systems. */
  series(): number;
}

/** Pages of single systems that are kept. */
const MAX_KEPT = 16;

export function createPageStore(): PageStore {
  const systems = new Map<string, Map<number, Chunk>>();
  const counts = new Map<string, number>();
  const headers = new Map<number, Chunk>();
  const kept = new Map<string | undefined, Joined>();
  let own: Chunk | undefined;

  function header(family: Family): Chunk {
    let made = headers.get(family.index);
    if (!made) headers.set(family.index, (made = toChunk(Buffer.from(headerOf(family)))));
    return made;
  }

  function build(shown: readonly ReadonlyMap<number, Chunk>[]): Joined {
    const chunks: Chunk[] = [];
    for (const family of CATALOG) {
      const before = chunks.length;
      for (const families of shown) {
        const chunk = families.get(family.index);
        if (!chunk) continue;
        if (chunks.length === before) chunks.push(header(family));
        chunks.push(chunk);
      }
    }
    return join(chunks);
  }

  function joined(system: string | undefined): Joined | undefined {
    const known = kept.get(system);
    if (known) return known;
    if (system !== undefined && !systems.has(system)) return undefined;
    const shown = system === undefined ? [...systems.values()] : [systems.get(system) ?? new Map()];
    const made = build(shown);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(system, made);
    return made;
  }

  function forgetPages(system: string): void {
    kept.delete(undefined);
    kept.delete(system);
  }

  return {
    apply({ system, changed, series }) {
      const known = systems.get(system) ?? new Map<number, Chunk>();
      if (!systems.has(system)) forgetPages(system);
      systems.set(system, known);
      counts.set(system, series);
      for (const [index, chunk] of changed) {
        if (chunk) known.set(index, chunk);
        else known.delete(index);
      }
      if (changed.size > 0) forgetPages(system);
    },
    remove(system) {
      systems.delete(system);
      counts.delete(system);
      forgetPages(system);
    },
    setOwn(text) {
      own = toChunk(Buffer.from(text));
    },
    page(system) {
      const arrays = joined(system);
      if (!arrays) return undefined;
      const last = system === undefined ? own : undefined;
      return {
        plain: () => ({
          bytes: arrays.length + (last?.length ?? 0),
          pieces: unpacked(last ? [...arrays.pieces, last] : arrays.pieces),
        }),
        gzip() {
          const pieces = gzipMember(arrays, last);
          return { pieces, bytes: pieces.reduce((sum, { length }) => sum + length, 0) };
        },
      };
    },
    series: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** The whole text, for where it is needed at once. */
export async function textOfPage(page: Page | undefined): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of page?.plain().pieces ?? []) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

async function* unpacked(pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await textOf(piece);
}

/** HELP and TYPE. */
export function headerOf(family: Family): string {
  const help = family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `# HELP ${family.name} ${help}\n# TYPE ${family.name} ${prometheusType(family)}\n`;
}
