/** Start tags and their attributes out of XML of any size: one pass, bounded, no tree. */
import { InvalidResponse } from 'delfin-agent/driver';

export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const MOST_ATTRIBUTES = 500;
const NAME = /[\w:.-]+/y;
const ATTRIBUTE = /\s+([\w:.-]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const END = /\s*(\/?)>/y;
/** The thread is given back to others so often. */
const CHARACTERS_AT_A_TIME = 2 ** 20;

export interface Scan {
  /** Names of elements whose attributes are wanted; the outermost is always told, first. */
  readonly wanted: ReadonlySet<string>;
  readonly found: (tag: Tag) => void;
  readonly pause: () => Promise<void>;
}

/** @throws InvalidResponse for anything but whole XML without a document type. */
export async function scanXml(content: Uint8Array, what: string, scan: Scan): Promise<void> {
  // One byte a character: names are decoded where they are used.
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    .toString('latin1')
    .trim();
  const broken = (why: string) => new InvalidResponse(`${what}: no whole XML (${why})`);
  if (!text.startsWith('<')) throw broken('no markup');
  let depth = 0;
  let root: string | undefined;
  let paused = 0;
  let at = 0;
  while (at >= 0 && at < text.length) {
    if (at - paused > CHARACTERS_AT_A_TIME) {
      paused = at;
      await scan.pause();
    }
    const next = text[at + 1];
    let end = text.indexOf('>', at);
    if (end < 0) throw broken('cut inside a tag');
    if (next === '?' || next === '!') {
      const comment = text.startsWith('<!--', at);
      if (next === '!' && !comment) throw broken('a document type');
      if (comment) end = text.indexOf('-->', at);
      if (end < 0) throw broken('cut inside a comment');
      end += comment ? 2 : 0;
    } else if (next === '/') {
      depth -= 1;
    } else {
      const tag = readTag(text, at, broken, (name) => root === undefined || scan.wanted.has(name));
      end = tag.end ?? end;
      if (depth === 0 && root !== undefined) throw broken('two documents');
      root ??= tag.name;
      if (tag.attributes) scan.found({ name: tag.name, attributes: tag.attributes });
      if (text[end - 1] !== '/') depth += 1;
    }
    at = text.indexOf('<', end);
    if (at < 0 && end !== text.length - 1) throw broken('text at its end');
  }
  if (depth !== 0 || root === undefined) throw broken('cut');
}

function readTag(
  text: string,
  at: number,
  broken: (why: string) => InvalidResponse,
  isWanted: (name: string) => boolean,
): { name: string; attributes?: Record<string, string>; end?: number } {
  NAME.lastIndex = at + 1;
  const written = NAME.exec(text)?.[0];
  if (written === undefined) throw broken('a tag without a name');
  const name = written.slice(written.indexOf(':') + 1);
  if (!isWanted(name)) return { name };
  const attributes: Record<string, string> = {};
  ATTRIBUTE.lastIndex = NAME.lastIndex;
  let from = NAME.lastIndex;
  for (let count = 0; ; count += 1) {
    const match = ATTRIBUTE.exec(text);
    if (!match) break;
    if (count >= MOST_ATTRIBUTES) throw broken('a tag of too many attributes');
    from = ATTRIBUTE.lastIndex;
    const [, key = '', double, single = ''] = match;
    attributes[key] = double ?? single;
  }
  END.lastIndex = from;
  if (!END.test(text)) throw broken('a broken tag');
  return { name, attributes, end: END.lastIndex - 1 };
}
