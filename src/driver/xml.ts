/**
 * XML of a foreign program, strictly and in one pass: no DOCTYPE and so no entities but the five, no
 * file, no network; depth, elements, attributes and texts are bounded before they are kept.
 */
import { InvalidResponse } from './errors.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text, joined. */
  readonly text: string;
}

const BOUNDS = {
  characters: 64 * 2 ** 20,
  depth: 64,
  elements: 1_000_000,
  attributes: 500,
  /** Of all elements together. */
  allAttributes: 5_000_000,
  name: 256,
  value: 2 ** 20,
} as const;

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }; // prettier-ignore

interface Open {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: Open[];
  text: string;
}

/** The root element. @throws InvalidResponse for anything that is not whole or beyond the bounds. */
export function parseXml(written: string, what: string): XmlElement {
  const fail = failing(what);
  const stack: Open[] = [];
  let root: Open | undefined;
  for (const piece of piecesOf(written, fail)) {
    if (piece.kind === 'text') {
      addText(stack.at(-1), piece.text, fail);
    } else if (piece.kind === 'close') {
      stack.pop();
    } else {
      const element: Open = { name: piece.name, attributes: piece.attributes, children: [], text: '' }; // prettier-ignore
      root ??= element;
      stack.at(-1)?.children.push(element);
      stack.push(element);
    }
  }
  return root ?? fail('has no element');
}

/** A start tag; its name without a prefix. */
export type XmlTag = Pick<XmlElement, 'name' | 'attributes'>;

/** The thread is given back to others so often. */
const CHARACTERS_AT_A_TIME = 2 ** 20;

/**
 * The root's start tag, then those whose names are wanted: for files of tens of megabytes, of which no
 * tree is made. `pause` gives the thread back.
 * @throws InvalidResponse for anything that is not whole or beyond the bounds.
 */
export async function* xmlTags(
  written: string,
  what: string,
  wanted: ReadonlySet<string>,
  pause: () => Promise<void>,
): AsyncGenerator<XmlTag> {
  const fail = failing(what);
  const isWanted = (name: string, depth: number) => depth === 0 || wanted.has(localName(name));
  let isRead = false;
  let paused = 0;
  for (const piece of piecesOf(written, fail, isWanted)) {
    if (piece.end - paused > CHARACTERS_AT_A_TIME) {
      paused = piece.end;
      await pause();
    }
    if (piece.kind !== 'open' || !piece.isWanted) continue;
    isRead = true;
    yield { name: localName(piece.name), attributes: piece.attributes };
  }
  if (!isRead) fail('has no element');
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1);

type Fail = (reason: string) => never;

function failing(what: string): Fail {
  return (reason) => {
    throw new InvalidResponse(`${what}: the XML ${reason}`);
  };
}

/** `end`: where it ends in what is written. */
type Piece = { readonly end: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'close' }
  | ({ readonly kind: 'open'; readonly isWanted: boolean } & Pick<Open, 'name' | 'attributes'>)
);

/** Tags and texts in order, each in its turn and within the bounds. Attributes are read if they are wanted. */
function* piecesOf(
  written: string,
  fail: Fail,
  isWanted: (name: string, depth: number) => boolean = () => true,
): Generator<Piece> {
  if (written.length > BOUNDS.characters) fail(`is longer than ${BOUNDS.characters} characters`);
  const open: string[] = [];
  const count = { elements: 0, attributes: 0 };
  for (let at = 0; at < written.length;) {
    const mark = written.indexOf('<', at);
    const end = mark < 0 ? written.length : mark;
    const text = written.slice(at, end);
    if (text.trim() !== '') {
      if (open.length === 0) fail('has text outside of its root');
      yield { kind: 'text', text: decoded(text, fail), end };
    }
    if (mark < 0) break;
    if (written.startsWith('<!--', mark)) {
      at = after(written, '-->', mark + 4, fail);
    } else if (written.startsWith('<![CDATA[', mark)) {
      at = after(written, ']]>', mark + 9, fail);
      if (open.length === 0) fail('has text outside of its root');
      yield { kind: 'text', text: written.slice(mark + 9, at - 3), end: at };
    } else if (written.startsWith('<?', mark)) {
      at = after(written, '?>', mark + 2, fail);
    } else if (written.startsWith('<!', mark)) {
      fail('has a DOCTYPE or another declaration');
    } else if (written[mark + 1] === '/') {
      at = after(written, '>', mark + 2, fail);
      const closing = written.slice(mark + 2, at - 1).trimEnd();
      if (open.pop() !== closing) fail(`closes "${closing.slice(0, 40)}" out of turn`);
      yield { kind: 'close', end: at };
    } else {
      if (count.elements > 0 && open.length === 0) fail('has more than one root');
      const tag = readTag(written, mark + 1, count, fail, (name) => isWanted(name, open.length));
      at = tag.end;
      count.elements += 1;
      if (count.elements > BOUNDS.elements) fail(`has more than ${BOUNDS.elements} elements`);
      yield { kind: 'open', ...tag };
      if (tag.closed) yield { kind: 'close', end: at };
      else open.push(tag.name);
      if (open.length > BOUNDS.depth) fail(`is nested deeper than ${BOUNDS.depth}`);
    }
  }
  if (open.length > 0) fail('ends early');
}

function after(written: string, end: string, from: number, fail: Fail): number {
  const at = written.indexOf(end, from);
  return at < 0 ? fail('ends early') : at + end.length;
}

function addText(element: Open | undefined, text: string, fail: Fail): void {
  if (!element) return;
  if (element.text.length + text.length > BOUNDS.value) {
    fail(`has a text of more than ${BOUNDS.value} characters`);
  }
  element.text += text;
}

const NAME = /[A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*/y;
const ATTRIBUTE =
  /\s+([A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const END = /\s*(\/?)>/y;

/** A start tag whose name begins at `from`. Sticky patterns never look back: one pass. */
function readTag(
  written: string,
  from: number,
  count: { attributes: number },
  fail: Fail,
  isWanted: (name: string) => boolean,
) {
  NAME.lastIndex = from;
  const name = NAME.exec(written)?.[0] ?? fail('has a broken tag');
  if (name.length > BOUNDS.name) fail(`has a name of more than ${BOUNDS.name} characters`);
  const attributes = new Map<string, string>();
  let at = from + name.length;
  if (!isWanted(name)) {
    const end = after(written, '>', at, fail);
    return { name, attributes, end, closed: written[end - 2] === '/', isWanted: false };
  }
  for (;;) {
    ATTRIBUTE.lastIndex = at;
    const [all, key, double, single] = ATTRIBUTE.exec(written) ?? [];
    if (all === undefined || key === undefined) break;
    at += all.length;
    count.attributes += 1;
    if (attributes.size >= BOUNDS.attributes || count.attributes > BOUNDS.allAttributes) {
      fail(`has too many attributes: more than ${BOUNDS.attributes} attributes in an element`);
    }
    const value = double ?? single ?? '';
    if (key.length + value.length > BOUNDS.value) {
      fail(`has an attribute of more than ${BOUNDS.value} characters`);
    }
    if (attributes.has(key)) fail(`has the attribute "${key.slice(0, 40)}" twice`);
    attributes.set(key, decoded(value, fail));
  }
  END.lastIndex = at;
  const [end, slash] = END.exec(written) ?? [];
  if (end === undefined) return fail('has a broken tag');
  return { name, attributes, end: at + end.length, closed: slash === '/', isWanted: true };
}

/** The five entities and characters by number; there are no others without a DOCTYPE. */
function decoded(text: string, fail: Fail): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&([^;&]{0,10});?/g, (_, name: string) => {
    const written = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name);
    if (!written) return ENTITIES[name] ?? fail(`has an unknown entity "${name}"`);
    const code = written[1] === undefined ? Number(written[2]) : Number.parseInt(written[1], 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : fail('has a broken entity');
  });
}
