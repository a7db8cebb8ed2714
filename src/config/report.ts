/** What is wrong in all files, each thing once. */
import { dirname } from 'node:path';
import type { ConfigDocument, Path, Problem } from './document.ts';
import type { Place } from './meaning.ts';

export interface Report {
  /** It can't work. */
  readonly problems: Problem[];
  /** It works, and is hardly what was meant. */
  readonly warnings: Problem[];
  /** A place in a document, at a path or at a key of what stands there. */
  fault(document: ConfigDocument, path: Path, message: string, key?: string): void;
  doubt(document: ConfigDocument, path: Path, message: string, key?: string): void;
  /** The document as the rules of meaning see it, and where they found something. */
  place(document: ConfigDocument): Place & { readonly faulty: ReadonlySet<string> };
}

export function createReport(): Report {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const said = new Set<string>();
  const to =
    (list: Problem[]) => (document: ConfigDocument, path: Path, message: string, key?: string) => {
      const problem = { file: document.file, ...document.at(path, key), message };
      const id = JSON.stringify(problem);
      if (said.has(id)) return;
      said.add(id);
      list.push(problem);
    };
  const fault = to(problems);
  const doubt = to(warnings);
  return {
    problems,
    warnings,
    fault,
    doubt,
    place(document) {
      const faulty = new Set<string>();
      return {
        faulty,
        folder: dirname(document.file),
        referred: (path) => document.referred(path),
        fault(path, message, key) {
          if (key === undefined) faulty.add(JSON.stringify(path));
          fault(document, path, message, key);
        },
        doubt: (path, message, key) => doubt(document, path, message, key),
      };
    },
  };
}

export function ordered(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}

/** `file:line:column: message`, as compilers print it. */
export function formatProblem({ file, line, column, message }: Problem): string {
  return line === 0 ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`;
}
