/** One YAML file: its value, and where each part of it stands. */
import { readFileSync } from 'node:fs';
import {
  LineCounter,
  isMap,
  isPair,
  isScalar,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml';

/** One thing wrong in the configuration. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong and what to do. */
  readonly message: string;
}

export interface ConfigDocument {
  readonly file: string;
  /** The value with `${env:}` and `${file:}` replaced. */
  readonly value: unknown;
  /** The position of a value, or of a key of it. */
  at(path: readonly (string | number)[], key?: string): { line: number; column: number };
}

const REFERENCE = /\$\$\{|\$\{(env|file):([^}]*)\}/g;

/** Reads a file; problems (syntax, missing secrets) are added to `problems`. */
export function readDocument(
  file: string,
  problems: Problem[],
  env: NodeJS.ProcessEnv,
  resolvePath: (written: string) => string,
): ConfigDocument | undefined {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    problems.push({ file, line: 1, column: 1, message: `cannot read the file (${reason(error)})` });
    return undefined;
  }
  const lines = new LineCounter();
  const document = parseDocument(source, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  for (const error of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(error.pos[0]);
    problems.push({ file, line, column: col, message: `${error.message} (fix the YAML)` });
  }
  if (document.errors.length > 0) return undefined;
  const position = (node: Node | null | undefined) => {
    const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || !node.value.includes('${')) return;
      node.value = node.value.replace(
        REFERENCE,
        (matched: string, kind?: string, name?: string) => {
          if (!kind || name === undefined) return '${';
          const found = kind === 'env' ? env[name] : readSecret(resolvePath(name));
          if (found !== undefined) return found;
          const message =
            kind === 'env'
              ? `the environment variable ${name} is not set (set it, or write $\${ for a literal \${)`
              : `cannot read ${resolvePath(name)} (create the file, or check its permissions)`;
          problems.push({ file, ...position(node), message });
          return matched;
        },
      );
    },
  });
  return {
    file,
    value: document.toJS({ maxAliasCount: 1000 }) as unknown,
    at: (path, key) => position(locate(document, path, key)),
  };
}

function locate(
  document: Document,
  path: readonly (string | number)[],
  key: string | undefined,
): Node | null | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (node === undefined || node === null) continue;
    if (key !== undefined && isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && item.key.value === key,
      );
      if (pair) return pair.key as Node;
    }
    return node as Node;
  }
  return undefined;
}

/** A secret's file; the line end that editors add is not part of it. */
function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}

function reason(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
