/** `${env:NAME}`, `${file:PATH}`, `${credential:NAME}` in a text; `$${` is a literal `${`. */
import { join } from 'node:path';
import { readText } from './files.ts';

export interface Sources {
  readonly env: NodeJS.ProcessEnv;
  /** A path as written -> absolute. */
  resolvePath(written: string): string;
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What a kind of reference stands for. @throws Error with what to do if there is nothing. */
const KINDS: Readonly<Record<string, (name: string, sources: Sources) => string>> = {
  env(name, { env }) {
    if (!NAME.test(name)) throw new Error('write the name of a variable, as in ${env:NAME}');
    const value = env[name];
    if (value !== undefined) return value;
    throw new Error(
      `the environment variable ${name} is not set (set it, or write $\${ for a literal \${)`,
    );
  },
  file: (path, { resolvePath }) => readSecret(resolvePath(path)),
  credential(name, { env }) {
    const folder = env['CREDENTIALS_DIRECTORY'];
    if (folder) return readSecret(join(folder, name));
    throw new Error(
      `\${credential:${name}} needs CREDENTIALS_DIRECTORY (systemd sets it where the unit says LoadCredential=${name}:PATH)`,
    );
  },
};

/** The text with its references replaced; what can't be is reported and left. */
export function replaceReferences(
  text: string,
  sources: Sources,
  report: (message: string) => void,
): string {
  return text.replace(REFERENCE, (matched: string, inner?: string, end?: string) => {
    if (inner === undefined) return '${';
    const [, kind = '', name = ''] = /^(\w+):(\S.*)$/.exec(inner) ?? [];
    const look = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    if (!look || end !== '}') {
      report(`no reference (${spelling(inner, sources.env)}; $\${ is a literal \${)`);
      return matched;
    }
    try {
      return look(name.trimEnd(), sources);
    } catch (error) {
      report((error as Error).message);
      return matched;
    }
  });
}

/** Whether the whole text is one reference: its value may then be a number. */
export function isReference(text: string): boolean {
  return /^\$\{(env|file|credential):[^}]*\}$/.test(text);
}

/** How it should be written. What looks like no variable may be a part of a secret: it isn't quoted. */
function spelling(inner: string, env: NodeJS.ProcessEnv): string {
  const [, kind = 'env', name = ''] = /^\s*(?:(env|file)\s*:)?\s*(\S*?)\s*$/i.exec(inner) ?? [];
  const shown = /^[A-Z_][A-Z0-9_]+$/.test(name) || (name !== '' && env[name] !== undefined);
  if (shown) return `write \${${kind.toLowerCase()}:${name}}`;
  return 'write ${env:NAME} or ${file:PATH}';
}

/** A secret's file; the line end that editors add is not part of it. */
function readSecret(path: string): string {
  try {
    return readText(path).replace(/\r?\n$/, '');
  } catch (error) {
    throw new Error(`cannot read ${path} (${(error as Error).message})`, { cause: error });
  }
}
