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
  const fail = (reason: string): never => {
    throw new InvalidResponse(`${what}: the XML ${reason}`);
  };
  if (written.length > BOUNDS.characters) fail(`is longer than ${BOUNDS.characters} characters`);
  const stack: Open[] = [];
  const count = { elements: 0, attributes: 0 };
  let root: Open | undefined;
  for (let at = 0; at < written.length;) {
    const mark = written.indexOf('<', at);
    addText(stack.at(-1), written.slice(at, mark < 0 ? written.length : mark), fail);
    if (mark < 0) break;
    if (written.startsWith('<!--', mark)) {
      at = after(written, '-->', mark + 4, fail);
    } else if (written.startsWith('<![CDATA[', mark)) {
      at = after(written, ']]>', mark + 9, fail);
      addRaw(stack.at(-1), written.slice(mark + 9, at - 3), fail);
    } else if (written.startsWith('<?', mark)) {
      at = after(written, '?>', mark + 2, fail);
    } else if (written.startsWith('<!', mark)) {
      return fail('has a DOCTYPE or another declaration');
    } else if (written[mark + 1] === '/') {
      at = after(written, '>', mark + 2, fail);
      const closing = written.slice(mark + 2, at - 1).trimEnd();
      if (stack.pop()?.name !== closing) fail(`closes "${closing.slice(0, 40)}" out of turn`);
    } else {
      const tag = readTag(written, mark + 1, count, fail);
      at = tag.end;
      count.elements += 1;
      if (count.elements > BOUNDS.elements) fail(`has more than ${BOUNDS.elements} elements`);
      if (root && stack.length === 0) fail('has more than one root');
      root ??= tag.element;
      stack.at(-1)?.children.push(tag.element);
      if (!tag.closed) stack.push(tag.element);
      if (stack.length > BOUNDS.depth) fail(`is nested deeper than ${BOUNDS.depth}`);
    }
  }
  if (stack.length > 0) fail('ends early');
  return root ?? fail('has no element');
}

type Fail = (reason: string) => never;

function after(written: string, end: string, from: number, fail: Fail): number {
  const at = written.indexOf(end, from);
  return at < 0 ? fail('ends early') : at + end.length;
}

function addText(element: Open | undefined, text: string, fail: Fail): void {
  if (text.trim() === '') return;
  if (!element) return fail('has text outside of its root');
  addRaw(element, decoded(text, fail), fail);
}

function addRaw(element: Open | undefined, text: string, fail: Fail): void {
  if (!element) return fail('has text outside of its root');
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
): { readonly element: Open; readonly end: number; readonly closed: boolean } {
  NAME.lastIndex = from;
  const name = NAME.exec(written)?.[0] ?? fail('has a broken tag');
  if (name.length > BOUNDS.name) fail(`has a name of more than ${BOUNDS.name} characters`);
  const attributes = new Map<string, string>();
  let at = from + name.length;
  for (;;) {
    ATTRIBUTE.lastIndex = at;
    const [all, key, double, single] = ATTRIBUTE.exec(written) ?? [];
    if (all === undefined || key === undefined) break;
    at += all.length;
    count.attributes += 1;
    if (attributes.size >= BOUNDS.attributes || count.attributes > BOUNDS.allAttributes) {
      fail(`has more than ${BOUNDS.attributes} attributes in an element`);
    }
    if (all.length > BOUNDS.value) fail(`has an attribute of more than ${BOUNDS.value} characters`);
    if (attributes.has(key)) fail(`has the attribute "${key.slice(0, 40)}" twice`);
    attributes.set(key, decoded(double ?? single ?? '', fail));
  }
  END.lastIndex = at;
  const [end, slash] = END.exec(written) ?? [];
  if (end === undefined) return fail('has a broken tag');
  return { element: { name, attributes, children: [], text: '' }, end: at + end.length, closed: slash === '/' }; // prettier-ignore
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
