/** The pages of the main thread: put together from chunks when they changed, kept until they change. */
import { inTurns, type Steps } from '../../backend/turns.ts';
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
  /** Texts that follow the arrays' families on the page of all systems. */
  setOwn(families: Iterable<string>): Promise<void>;
  /** The page of all systems, or of one, as it was when it was asked for; undefined: no such one. */
  page(system?: string): Promise<Page | undefined>;
  /** Series of all systems. */
  series(): number;
}

/** Of the agent's own text in one chunk. */
const OWN_CHARACTERS = 64 * 1024;
/** Pages of single systems that are kept. */
const MAX_KEPT = 16;

export function createPageStore(): PageStore {
  const systems = new Map<string, ReadonlyMap<number, Chunk>>();
  const counts = new Map<string, number>();
  const headers = new Map<number, Chunk>();
  const kept = new Map<string | undefined, Promise<Joined>>();
  let own: Joined = join([]);

  function header(family: Family): Chunk {
    let made = headers.get(family.index);
    if (!made) headers.set(family.index, (made = toChunk(Buffer.from(headerOf(family)))));
    return made;
  }

  /** Family by family: five hundred arrays have tens of thousands of chunks. */
  function* build(shown: readonly ReadonlyMap<number, Chunk>[]): Steps<Joined> {
    const made: Joined[] = [];
    for (const family of CATALOG) {
      const chunks = shown.flatMap((families) => families.get(family.index) ?? []);
      if (chunks.length === 0) continue;
      made.push(join([header(family), ...chunks]));
      yield;
    }
    return join(made);
  }

  function joined(system: string | undefined): Promise<Joined> | undefined {
    const known = kept.get(system);
    if (known) return known;
    const one = systems.get(system ?? '');
    if (system !== undefined && !one) return undefined;
    const made = inTurns(build(one ? [one] : [...systems.values()]));
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
      // A page that is being made goes on with the chunks that there were.
      const known = new Map(systems.get(system));
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
    async setOwn(families) {
      own = await inTurns(packed(families));
    },
    async page(system) {
      const arrays = await joined(system);
      if (!arrays) return undefined;
      const parts = system === undefined ? [arrays, own] : [arrays];
      return {
        plain: () => ({
          bytes: parts.reduce((sum, { length }) => sum + length, 0),
          pieces: unpacked(parts.flatMap(({ pieces }) => pieces)),
        }),
        gzip() {
          const pieces = gzipMember(parts);
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

/** A chunk has several small families: to begin one takes longer than to pack a little text. */
function* packed(families: Iterable<string>): Steps<Joined> {
  const chunks: Chunk[] = [];
  let text = '';
  for (const family of families) {
    text += family;
    if (text.length < OWN_CHARACTERS) continue;
    chunks.push(toChunk(Buffer.from(text)));
    text = '';
    yield;
  }
  if (text !== '') chunks.push(toChunk(Buffer.from(text)));
  return join(chunks);
}

async function* unpacked(pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await textOf(piece);
}

/** HELP and TYPE. */
export function headerOf(family: Family): string {
  const help = family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `# HELP ${family.name} ${help}\n# TYPE ${family.name} ${prometheusType(family)}\n`;
}
