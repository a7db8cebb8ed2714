/** What a YAML parser finds wrong, in our words: its own quote the file, and in it there are secrets. */
import { isAlias, isMap, isScalar, visit, type Alias, type Document, type Node } from 'yaml';
import { nearest } from './nearest.ts';

export interface YamlFault {
  readonly offset: number;
  readonly message: string;
}

const QUOTES = 'put a text that begins with ! * & % @ ` | > { [ or holds ": " or " #" in quotes';
const FIX = ' (fix the YAML)';

const SENTENCES: Readonly<Record<string, string>> = {
  BAD_ALIAS: `an alias or anchor without a name; ${QUOTES}`,
  BAD_COLLECTION_TYPE: `a tag that does not fit what it stands before; ${QUOTES}`,
  BAD_DIRECTIVE: 'a line that begins with % is a directive, and this one is not known; remove it',
  BAD_DQ_ESCAPE:
    'an unknown escape in double quotes; write \\\\ for a backslash, or use single quotes',
  BAD_INDENT: 'this is not indented as what it belongs to; align it, or close the bracket before',
  BAD_PROP_ORDER: `an anchor or a tag in the wrong place; ${QUOTES}`,
  BAD_SCALAR_START: `no text can begin like this; ${QUOTES}`,
  BLOCK_AS_IMPLICIT_KEY: `a second ": " in one line; ${QUOTES}`,
  BLOCK_IN_FLOW: 'a block within brackets; write it in brackets, too',
  DUPLICATE_KEY: 'this key stands here twice; keep one',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters; shorten it',
  MISSING_CHAR: 'a bracket, a quote, a comma or a colon is missing; close what is open',
  MULTILINE_IMPLICIT_KEY: 'a key over several lines; write it in one',
  MULTIPLE_ANCHORS: 'two anchors at one place; keep one',
  MULTIPLE_DOCS: 'a second document begins with ---; one file, one document',
  MULTIPLE_TAGS: `two tags at one place; ${QUOTES}`,
  NON_STRING_KEY: 'a key that is no text; write it in quotes',
  RESOURCE_EXHAUSTION: 'it is nested too deeply; flatten it',
  TAB_AS_INDENT: 'a tab as indentation; use blanks',
  TAG_RESOLVE_FAILED: `an unknown tag; ${QUOTES}`,
  UNEXPECTED_TOKEN: `something that can't stand here; ${QUOTES}`,
};

/** One fault a place; nothing of the file is quoted. */
export function yamlFaults(document: Document): YamlFault[] {
  const faults = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    offset: pos[0],
    message: `${SENTENCES[code] ?? 'this is no YAML'}${FIX}`,
  }));
  if (document.errors.length === 0) faults.push(...aliasFaults(document));
  return faults;
}

/** Aliases of nothing, anchors that nothing refers to, merges of what is no mapping. */
function aliasFaults(document: Document): YamlFault[] {
  const faults: YamlFault[] = [];
  const anchors = new Map<string, Node>();
  const used = new Set<string>();
  const at = (node: Node | null | undefined, message: string) =>
    faults.push({ offset: node?.range?.[0] ?? 0, message: `${message}${FIX}` });
  visit(document, {
    Node(_key, node) {
      // An alias is visited below.
      if (!isAlias(node) && node.anchor) anchors.set(node.anchor, node);
    },
    Alias(_key, node, path) {
      used.add(node.source);
      if (node.resolve(document)) return;
      at(node, missingAnchor(node, path.at(-1), [...anchors.keys()]));
    },
    Pair(_key, { key, value }) {
      if (!isScalar(key) || !isMergeKey(key.value) || !isNode(value)) return;
      if (!mergesMappings(document, value)) {
        at(value, '<< takes mappings only: write << : *NAME, where &NAME stands at a mapping');
      }
    },
  });
  for (const [name, node] of anchors) {
    if (used.has(name) || !isScalar(node)) continue;
    at(node, `& begins an anchor, and nothing refers to it; ${QUOTES}`);
  }
  return faults;
}

/** The name is told for a merge only: elsewhere it may be a secret that lacks its quotes. */
function missingAnchor(alias: Alias, parent: unknown, known: readonly string[]): string {
  const key = (parent as { key?: unknown } | undefined)?.key;
  if (!isScalar(key) || !isMergeKey(key.value)) {
    return `* begins an alias, and no anchor of its name stands before it; ${QUOTES}`;
  }
  const [near] = nearest(alias.source, known);
  return `no anchor &${alias.source} stands before this; ${near ? `did you mean *${near}?` : 'write it there'}`;
}

function mergesMappings(document: Document, value: Node): boolean {
  const node = isAlias(value) ? value.resolve(document) : value;
  // Told already.
  if (node === undefined) return true;
  if (isMap(node)) return true;
  const items = (node as { items?: unknown }).items;
  return Array.isArray(items) && items.every((item) => isNode(item) && isMapping(document, item));
}

function isMapping(document: Document, value: Node): boolean {
  const node = isAlias(value) ? value.resolve(document) : value;
  return node === undefined || isMap(node);
}

export function isMergeKey(value: unknown): boolean {
  return value === '<<' || (typeof value === 'symbol' && value.description === '<<');
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}
