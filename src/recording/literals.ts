/** Many known texts found in others: the longest first, and only as whole words. */

interface Node {
  readonly next: Map<string, Node>;
  /** A known text ends here. */
  known?: string;
}

const WORD = /[\p{L}\p{N}]/u;

export interface Literals {
  add(text: string): void;
  /** The text with each find replaced; `between` takes what lies between them. */
  replace(
    text: string,
    found: (known: string) => string,
    between: (rest: string) => string,
  ): string;
}

export function createLiterals(): Literals {
  const root: Node = { next: new Map() };

  /** The longest known text that begins here and ends a word. */
  function longest(text: string, start: number): string | undefined {
    let node: Node | undefined = root;
    let found: string | undefined;
    for (let at = start; at < text.length; at += 1) {
      node = node.next.get(text[at] ?? '');
      if (!node) return found;
      if (node.known !== undefined && isEdge(text, at + 1)) found = node.known;
    }
    return found;
  }

  return {
    add(text) {
      let node = root;
      for (let at = 0; at < text.length; at += 1) {
        const letter = text[at] ?? '';
        let next = node.next.get(letter);
        if (!next) node.next.set(letter, (next = { next: new Map() }));
        node = next;
      }
      node.known = text;
    },
    replace(text, found, between) {
      let out = '';
      let rest = 0;
      for (let at = 0; at < text.length; at += 1) {
        if (!root.next.has(text[at] ?? '') || !isEdge(text, at)) continue;
        const known = longest(text, at);
        if (known === undefined) continue;
        out += between(text.slice(rest, at)) + found(known);
        at += known.length - 1;
        rest = at + 1;
      }
      return out + between(text.slice(rest));
    },
  };
}

/** No word goes on over this place. */
function isEdge(text: string, at: number): boolean {
  return !WORD.test(text[at - 1] ?? '') || !WORD.test(text[at] ?? '');
}
