/** One YAML file: its value, and where each part of it stands. */
import {
  LineCounter,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml';
import { readText } from './files.ts';
import { isReference, replaceReferences, type Sources } from './references.ts';
import { isMergeKey, yamlFaults } from './yaml-faults.ts';

/** One thing wrong in the configuration. */
export interface Problem {
  /** The file, or the environment variable. */
  readonly file: string;
  /** 0: the whole of it. */
  readonly line: number;
  readonly column: number;
  /** What is wrong and what to do. */
  readonly message: string;
}

export type Path = readonly (string | number)[];

export interface ConfigDocument {
  readonly file: string;
  /** The value with its references replaced. */
  readonly value: unknown;
  /** The position of a value, or of a key of it. */
  at(path: Path, key?: string): { line: number; column: number };
  /** Whether the whole of a value came from a reference, as in `"${env:PORT}"`. */
  referred(path: Path): boolean;
}

/** Reads a file; problems (syntax, missing secrets) are added to `problems`. */
export function readDocument(
  file: string,
  problems: Problem[],
  env: NodeJS.ProcessEnv,
  resolvePath: (written: string) => string,
): ConfigDocument | undefined {
  let source: string;
  try {
    source = readText(file);
  } catch (error) {
    const why = (error as Error).message;
    problems.push({ file, line: 1, column: 1, message: `cannot read the file (${why}${HINT})` });
    return undefined;
  }
  const lines = new LineCounter();
  const document = parseDocument(source, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    uniqueKeys: true,
    stringKeys: true,
    merge: true,
  });
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const known = new Set(problems);
  for (const { offset, message } of yamlFaults(document)) {
    problems.push({ file, ...position(offset), message });
  }
  if (problems.length > known.size) return undefined;
  const referred = replaceAll(document, { env, resolvePath }, (node, message) =>
    problems.push({ file, ...position(node.range?.[0] ?? 0), message }),
  );
  const value = toValue(document);
  if (value === undefined) {
    const message = 'its aliases lead in a circle, or multiply without end (write them out)';
    problems.push({ file, line: 1, column: 1, message });
    return undefined;
  }
  return {
    file,
    value,
    at: (path, key) => position(locate(document, path, key)?.range?.[0] ?? 0),
    referred: (path) => referred.has(find(document, document.contents, path) as object),
  };
}

const HINT = '; --config.file FILE names another';

function replaceAll(
  document: Document,
  sources: Sources,
  report: (node: Node, message: string) => void,
): WeakSet<object> {
  const referred = new WeakSet();
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      if (isReference(node.value)) referred.add(node);
      node.value = replaceReferences(node.value, sources, (message) => report(node, message));
    },
  });
  return referred;
}

/** Plain data in which no two parts are one object; undefined if aliases make that impossible. */
function toValue(document: Document): unknown {
  try {
    const text = JSON.stringify(document.toJS({ maxAliasCount: 1_000 }) ?? null);
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The node of a path, or the nearest around it that was written. */
function locate(document: Document, path: Path, key: string | undefined): Node | null | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = find(document, document.contents, path.slice(0, length));
    if (!node) continue;
    if (key === undefined || length < path.length || !isMap(node)) return node;
    const pair = node.items.find((item) => isPair(item) && keyOf(item.key) === key);
    return pair ? (pair.key as Node) : node;
  }
  return undefined;
}

/** Follows a path, through aliases and merges. */
function find(document: Document, from: unknown, path: Path): Node | undefined {
  let node = isAlias(from) ? from.resolve(document) : from;
  for (const [depth, part] of path.entries()) {
    if (isSeq(node)) node = node.items[Number(part)];
    else if (isMap(node)) {
      const { items } = node;
      const own = items.find((item) => keyOf(item.key) === String(part));
      if (!own) {
        for (const { key, value } of items) {
          if (!isScalar(key) || !isMergeKey(key.value)) continue;
          const found = mergedFrom(document, value, path.slice(depth));
          if (found) return found;
        }
        return undefined;
      }
      node = own.value;
    } else return undefined;
    if (isAlias(node)) node = node.resolve(document);
  }
  return isNode(node) ? node : undefined;
}

function mergedFrom(document: Document, value: unknown, path: Path): Node | undefined {
  const source = isAlias(value) ? value.resolve(document) : value;
  const maps: readonly unknown[] = isSeq(source) ? source.items : [source];
  for (const map of maps) {
    const found = find(document, map, path);
    if (found) return found;
  }
  return undefined;
}

function keyOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}
