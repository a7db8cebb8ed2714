/**
 * YAML files -> Config. Everything that is wrong is found at once, each with file, line and column;
 * nothing is opened or started here.
 */
import { accessSync, constants, globSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { TObject, TSchema } from 'typebox';
import { Type } from '../driver/schema.ts';
import { createRegistry, type Registry } from '../registry.ts';
import { checkValue } from './check.ts';
import { readDocument, type ConfigDocument, type Problem } from './document.ts';
import { backendFields, ConfigSchema, type BackendConfig, type Config } from './schema.ts';
import { wrapSecrets } from './secrets.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** The same with secrets in plain text: it can be sent to a worker thread, and nowhere else. */
  readonly plain: PlainConfig;
  readonly registry: Registry;
}

/** A configuration as data; file names absolute. `folder` is where driver modules are looked for. */
export interface PlainConfig {
  readonly folder: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly modules: readonly string[];
  readonly backends: readonly Readonly<Record<string, unknown>>[];
}

export type LoadResult =
  | { readonly loaded: LoadedConfig; readonly problems: readonly [] }
  | { readonly loaded: undefined; readonly problems: readonly Problem[] };

type Values = Record<string, unknown>;

/** Reads all files that the patterns match and merges their lists of backends and drivers. */
export async function loadConfig(
  patterns: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<LoadResult> {
  const problems: Problem[] = [];
  const documents = findFiles(patterns, problems).flatMap(
    (file) => readDocument(file, problems, env, (written) => resolve(dirname(file), written)) ?? [],
  );
  const merged = merge(documents, problems);
  const registry = await checkDocuments(documents, merged, problems);
  if (problems.length > 0) return { loaded: undefined, problems: ordered(problems) };
  const { drivers: _, backends: __, ...rest } = merged.value;
  const plain: PlainConfig = {
    folder: documents[0] ? dirname(documents[0].file) : process.cwd(),
    value: rest,
    modules: merged.modules,
    backends: merged.backends.map(({ value }) => value),
  };
  return { loaded: { config: await wrapConfig(plain, registry), plain, registry }, problems: [] };
}

/** The configuration with its secrets wrapped; also run in each worker on the plain form. */
export async function wrapConfig(plain: PlainConfig, registry: Registry): Promise<Config> {
  const backends: BackendConfig[] = [];
  for (const backend of plain.backends) {
    const driver = await registry.find(String(backend['vendor']), String(backend['model']));
    backends.push(wrapSecrets(backendSchema(driver.access), backend) as BackendConfig);
  }
  const value = wrapSecrets(ConfigSchema, { ...plain.value, backends: [] }) as Config;
  return { ...value, backends };
}

/** The schema of one backend of a driver: the common keys and the driver's own. */
export function backendSchema(access: TObject): TObject {
  return Type.Object(
    { ...backendFields, ...(access.properties as Record<string, TSchema>) },
    { additionalProperties: false },
  );
}

function findFiles(patterns: readonly string[], problems: Problem[]): string[] {
  const files = patterns.flatMap((pattern) => {
    const found = /[*?[{]/.test(pattern) ? globSync(pattern).sort() : [pattern];
    if (found.length === 0) {
      problems.push({
        file: pattern,
        line: 1,
        column: 1,
        message: 'no file matches (check --config.file)',
      });
    }
    return found.map((file) => resolve(file));
  });
  return [...new Set(files)];
}

interface Merged {
  /** Everything but backends and drivers. */
  readonly value: Values;
  readonly modules: string[];
  readonly backends: { document: ConfigDocument; index: number; value: Values }[];
}

function merge(documents: readonly ConfigDocument[], problems: Problem[]): Merged {
  const merged: Merged = { value: {}, modules: [], backends: [] };
  const origin = new Map<string, string>();
  for (const document of documents) {
    const value = (document.value ?? {}) as Values;
    const written = typeof value === 'object' ? Object.keys(value) : [];
    for (const fault of checkValue(ConfigSchema, value)) {
      problems.push({
        file: document.file,
        ...document.at(fault.path, fault.key),
        message: fault.message,
      });
    }
    if (typeof value !== 'object' || Array.isArray(value)) continue;
    resolveFiles(ConfigSchema, value, document, [], problems);
    checkTrapUsers(value['traps'], document, problems);
    for (const key of written) {
      if (key === 'backends' || key === 'drivers') continue;
      const other = origin.get(key);
      if (other) {
        problems.push({
          file: document.file,
          ...document.at([], key),
          message: `"${key}" is also set in ${other} (set it once)`,
        });
      }
      origin.set(key, document.file);
      merged.value[key] = value[key];
    }
    merged.modules.push(
      ...((Array.isArray(value['drivers']) ? value['drivers'] : []) as string[]).map((module) =>
        module.startsWith('.') ? resolve(dirname(document.file), module) : module,
      ),
    );
    const backends = Array.isArray(value['backends']) ? value['backends'] : [];
    for (const [index, backend] of backends.entries()) {
      if (typeof backend === 'object' && backend !== null) {
        merged.backends.push({ document, index, value: backend as Values });
      }
    }
  }
  fillDefaults(merged.value);
  return merged;
}

/** SNMPv3 has no privacy without authentication. */
function checkTrapUsers(traps: unknown, document: ConfigDocument, problems: Problem[]): void {
  const users = (traps as { users?: unknown } | undefined)?.users;
  if (!Array.isArray(users)) return;
  for (const [index, user] of users.entries()) {
    const { auth, priv } = (user ?? {}) as { auth?: unknown; priv?: unknown };
    if (!priv || auth) continue;
    problems.push({
      file: document.file,
      ...document.at(['traps', 'users', index], 'priv'),
      message: 'priv needs auth (SNMPv3 has no privacy without authentication)',
    });
  }
}

function fillDefaults(value: Values): void {
  checkValue(ConfigSchema, Object.assign(value, { backends: [] }));
}

async function checkDocuments(
  documents: readonly ConfigDocument[],
  merged: Merged,
  problems: Problem[],
): Promise<Registry> {
  const folder = documents[0] ? dirname(documents[0].file) : process.cwd();
  const { registry, problems: broken } = await createRegistry(merged.modules, folder);
  for (const { index, message } of broken) {
    const document = documents.find(({ value }) =>
      Array.isArray((value as Values | null)?.['drivers']),
    );
    if (document) {
      problems.push({ file: document.file, ...document.at(['drivers', index]), message });
    }
  }
  const names = new Map<string, string>();
  for (const { document, index, value } of merged.backends) {
    const at = (path: readonly (string | number)[], key?: string) => ({
      file: document.file,
      ...document.at(['backends', index, ...path], key),
    });
    const name = String(value['name']);
    const other = names.get(name);
    if (other)
      problems.push({
        ...at(['name']),
        message: `the name "${name}" is taken by ${other} (names are unique)`,
      });
    names.set(name, `the backend at ${document.file}:${at([]).line}`);
    await checkBackend(registry, document, index, value, problems);
  }
  if (documents.length > 0 && merged.backends.length === 0 && problems.length === 0) {
    const [first] = documents as [ConfigDocument];
    problems.push({
      file: first.file,
      ...first.at(['backends']),
      message: 'no backends (list at least one array)',
    });
  }
  return registry;
}

async function checkBackend(
  registry: Registry,
  document: ConfigDocument,
  index: number,
  value: Values,
  problems: Problem[],
): Promise<void> {
  const { vendor, model } = value;
  if (typeof vendor !== 'string' || typeof model !== 'string') return;
  const prefix = ['backends', index] as const;
  const report = (path: readonly (string | number)[], key: string | undefined, message: string) => {
    const found = { file: document.file, ...document.at([...prefix, ...path], key), message };
    // The check of the whole file has said it already.
    if (
      !problems.some(
        (known) =>
          known.file === found.file &&
          known.line === found.line &&
          known.column === found.column &&
          known.message === message,
      )
    ) {
      problems.push(found);
    }
  };
  let driver;
  try {
    driver = await registry.find(vendor, model);
  } catch (error) {
    report(['model'], undefined, error instanceof Error ? error.message : String(error));
    return;
  }
  const schema = backendSchema(driver.access);
  for (const fault of checkValue(schema, value)) report(fault.path, fault.key, fault.message);
  resolveFiles(schema, value, document, [...prefix], problems);
  checkTrust(value, report);
}

/** Credentials need a verified peer: what only several keys together can get wrong. */
function checkTrust(
  value: Values,
  report: (path: readonly string[], key: string | undefined, message: string) => void,
): void {
  const ssh = value['ssh'] as Values | undefined;
  if (typeof ssh === 'object' && ssh !== null) {
    if (!ssh['host_key'] && !ssh['known_hosts'] && !ssh['insecure']) {
      report(
        ['ssh'],
        undefined,
        'no host key is known (set host_key, known_hosts, or insecure: true)',
      );
    }
    if (!ssh['password'] && !ssh['private_key']) {
      report(['ssh'], undefined, 'no credential (set password or private_key)');
    }
  }
  const rest = value['rest'] as Values | undefined;
  if (typeof rest === 'object' && rest !== null) {
    const chosen = ['ca', 'fingerprint', 'insecure'].filter((key) => rest[key]);
    if (chosen.length > 1) {
      report(['rest'], chosen[1], `${chosen.join(' and ')} exclude each other (keep one)`);
    }
  }
}

interface FileSchema {
  readonly file?: boolean;
  /** Written, not read: it need not be there. */
  readonly outputFile?: boolean;
  readonly properties?: Readonly<Record<string, FileSchema>>;
}

/** Makes file names absolute (relative to their YAML file) and checks that they can be read. */
function resolveFiles(
  schema: TSchema,
  value: Values,
  document: ConfigDocument,
  path: readonly (string | number)[],
  problems: Problem[],
): void {
  for (const [key, child] of Object.entries((schema as FileSchema).properties ?? {})) {
    const setting = value[key];
    if (child.outputFile && typeof setting === 'string') {
      value[key] = resolve(dirname(document.file), setting);
    } else if (child.file && typeof setting === 'string') {
      const absolute = resolve(dirname(document.file), setting);
      value[key] = absolute;
      try {
        accessSync(absolute, constants.R_OK);
      } catch {
        problems.push({
          file: document.file,
          ...document.at([...path, key]),
          message: `cannot read ${absolute} (create the file, or check its permissions)`,
        });
      }
    } else if (child.properties && typeof setting === 'object' && setting !== null) {
      resolveFiles(child, setting as Values, document, [...path, key], problems);
    }
  }
}

function ordered(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}

/** `file:line:column: message`, as compilers print it. */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
}
