/** Files that a configuration depends on beside itself: secrets, certificates, keys. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { TSchema } from 'typebox';
import { parse } from 'yaml';
import { backendSchema, type LoadedConfig } from '../config/load.ts';
import { ConfigSchema } from '../config/schema.ts';
import type { Log } from '../driver/driver.ts';

/** No certificate or key is larger. */
const MAX_BYTES = 16 * 2 ** 20;
const MAX_FILES = 10_000;
const WATCH_MS = 5_000;

/** Hashes of what the files of each part hold. */
export interface FileContents {
  readonly backends: Readonly<Record<string, string>>;
  readonly otlp: string;
  readonly web: string;
  /** All of them. */
  readonly paths: readonly string[];
}

/** Reads the files a configuration names by `file: true` keys, and the ones its web configuration names. */
export async function fileContents(loaded: LoadedConfig): Promise<FileContents> {
  const { config, plain, registry } = loaded;
  const otlp = namedFiles(ConfigSchema.properties.otlp, plain.value['otlp']);
  const web = config.web_config ? webFiles(config.web_config) : [];
  const backends: Record<string, string> = {};
  const paths = [...otlp, ...web];
  for (const backend of plain.backends) {
    const driver = await registry.find(String(backend['vendor']), String(backend['model']));
    const files = namedFiles(backendSchema(driver.access), backend);
    backends[String(backend['name'])] = contentOf(files);
    paths.push(...files);
  }
  return { backends, otlp: contentOf(otlp), web: contentOf(web), paths: [...new Set(paths)] };
}

interface FileSchema {
  readonly file?: boolean;
  readonly properties?: Readonly<Record<string, TSchema>>;
}

function namedFiles(schema: TSchema, value: unknown): string[] {
  const { file, properties } = schema as FileSchema;
  if (file) return typeof value === 'string' ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(properties ?? {}).flatMap(([key, child]) =>
    namedFiles(child, (value as Readonly<Record<string, unknown>>)[key]),
  );
}

/** The web configuration and its `*_file`s; what is wrong with them is said by whoever loads it. */
function webFiles(file: string): string[] {
  try {
    const { tls_server_config: tls = {} } = (parse(readFileSync(file, 'utf8')) ?? {}) as {
      tls_server_config?: Readonly<Record<string, unknown>>;
    };
    const named = Object.entries(tls).flatMap(([key, value]) =>
      key.endsWith('_file') && typeof value === 'string' ? [resolve(dirname(file), value)] : [],
    );
    return [file, ...named];
  } catch {
    return [file];
  }
}

const REFERENCE = /\$\$\{|\$\{(file|credential):([^}]+)\}/g;

/** Files that references in a YAML text name, the text lying in `folder`. */
export function referencesIn(text: string, folder: string, env: NodeJS.ProcessEnv): string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, kind, name = '']) => {
    if (kind === undefined) return [];
    const base = kind === 'file' ? folder : env['CREDENTIALS_DIRECTORY'];
    return base === undefined ? [] : [resolve(base, name.trim())];
  });
}

function contentOf(paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const hash = createHash('sha256');
  for (const path of paths) hash.update(`${path}\u0000${readQuietly(path)}\u0000`);
  return hash.digest('base64');
}

function readQuietly(path: string): string {
  try {
    if (!statSync(path).isFile() || statSync(path).size > MAX_BYTES) return '';
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

export interface FileWatch {
  /** Looks at these from now on. */
  set(paths: readonly string[]): Promise<void>;
  close(): void;
}

/**
 * Says when one of the files is another one. They are asked for again and again: notifications do
 * not cross every mount, and a secret is replaced by a link as often as by writing.
 */
export function watchFiles(log: Log, onChange: () => Promise<void>, everyMs = WATCH_MS): FileWatch {
  let known = new Map<string, string>();
  let looking = false;

  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      let changed = false;
      const at = known;
      for (const [path, before] of at) {
        const now = await stateOf(path);
        if (now === before) continue;
        at.set(path, now);
        changed = true;
      }
      if (changed && at === known) await onChange();
    } finally {
      looking = false;
    }
  }

  const timer = setInterval(() => {
    look().catch((error: unknown) => log.error({ err: error }, 'files could not be watched'));
  }, everyMs);
  timer.unref();
  return {
    async set(paths) {
      const next = new Map<string, string>();
      for (const path of paths.slice(0, MAX_FILES)) next.set(path, await stateOf(path));
      known = next;
    },
    close: () => clearInterval(timer),
  };
}

async function stateOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'absent';
  }
}
