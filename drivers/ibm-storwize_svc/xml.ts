/** Start tags out of XML of tens of megabytes: one pass, bounded, no tree, the thread given back. */
import { InvalidResponse } from 'delfin-agent/driver';

export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const MOST_ATTRIBUTES = 500;
const NAME = /(?:[\w.-]*:)?([\w.-]+)/y;
const ATTRIBUTE = /\s+([\w:.-]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const END = /\s*\/?>/y;
/** The thread is given back to others so often. */
const CHARACTERS_AT_A_TIME = 2 ** 20;

/**
 * The outermost element, then those whose names are wanted.
 * @throws InvalidResponse for anything but whole XML without a document type.
 */
export async function* tagsOf(
  content: Uint8Array,
  what: string,
  wanted: ReadonlySet<string>,
  pause: () => Promise<void>,
): AsyncGenerator<Tag> {
  // One byte a character: names are decoded where they are used.
  const text = Buffer.from(content).toString('latin1').trim();
  const broken = (why: string) => new InvalidResponse(`${what}: no whole XML (${why})`);
  if (!text.startsWith('<')) throw broken('no markup');
  let depth = 0;
  let isRead = false;
  let paused = 0;
  for (let at = 0; at >= 0 && at < text.length;) {
    if (at - paused > CHARACTERS_AT_A_TIME) {
      paused = at;
      await pause();
    }
    const close = text.startsWith('<!--', at) ? '-->' : '>';
    let end = text.indexOf(close, at) + close.length;
    if (end < close.length) throw broken('cut inside a tag');
    NAME.lastIndex = at + 1;
    const name = NAME.exec(text)?.[1];
    if (name !== undefined) {
      const isRoot = depth === 0;
      if (isRoot && isRead) throw broken('two documents');
      isRead = true;
      if (isRoot || wanted.has(name)) {
        const attributes: Record<string, string> = {};
        end = readAttributes(text, NAME.lastIndex, attributes, broken);
        yield { name, attributes };
      }
      if (text[end - 2] !== '/') depth += 1;
    } else if (text[at + 1] === '/') {
      depth -= 1;
    } else if (close === '>' && text[at + 1] !== '?') {
      throw broken('a document type');
    }
    at = text.indexOf('<', end);
    if (at < 0 && end !== text.length) throw broken('text at its end');
  }
  if (depth !== 0 || !isRead) throw broken('cut');
}

/** Reads those that stand from `at` on. Gives where their tag ends. Sticky patterns never look back. */
function readAttributes(
  text: string,
  at: number,
  attributes: Record<string, string>,
  broken: (why: string) => InvalidResponse,
): number {
  let end = at;
  for (let count = 0; ; count += 1) {
    ATTRIBUTE.lastIndex = end;
    const [all, key = '', double, single = ''] = ATTRIBUTE.exec(text) ?? [];
    if (all === undefined) break;
    if (count >= MOST_ATTRIBUTES) throw broken('a tag of too many attributes');
    attributes[key] = double ?? single;
    end += all.length;
  }
  END.lastIndex = end;
  if (!END.test(text)) throw broken('a broken tag');
  return END.lastIndex;
}
