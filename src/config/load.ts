/**
 * YAML files -> Config. Everything that is wrong is found at once, each with file, line and column;
 * nothing is opened or started here.
 */
import { existsSync, globSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { TObject, TSchema } from 'typebox';
import { messageOf } from '../driver/message.ts';
import { Type } from '../driver/schema.ts';
import { createRegistry, type Registry } from '../registry.ts';
import { checkValue } from './check.ts';
import { readDocument, type ConfigDocument, type Problem } from './document.ts';
import { isLoopback } from './hosts.ts';
import { environmentFaults } from './otlp-environment.ts';
import { checkPart } from './part.ts';
import { parseListen } from './listen.ts';
import { createReport, formatProblem, ordered, type Report } from './report.ts';
import { backendFields, ConfigSchema, type BackendConfig, type Config } from './schema.ts';
import { wrapSecrets } from './secrets.ts';
import { isRecord } from './walk.ts';

export { formatProblem };

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

export type LoadResult = (
  | { readonly loaded: LoadedConfig; readonly problems: readonly [] }
  | { readonly loaded: undefined; readonly problems: readonly Problem[] }
) & {
  /** What works and is hardly meant so. */
  readonly warnings: readonly Problem[];
};

type Values = Record<string, unknown>;

/** Reads all files that the patterns match and merges their lists of backends and drivers. */
export async function loadConfig(
  patterns: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<LoadResult> {
  const report = createReport();
  const { problems } = report;
  const documents = findFiles(patterns, problems).flatMap(
    (file) => readDocument(file, problems, env, (written) => resolve(dirname(file), written)) ?? [],
  );
  const merged = merge(documents, report);
  const registry = await loadDrivers(documents, merged, report);
  const backends = await checkBackends(registry, merged, report);
  const [first] = documents;
  if (first && backends.length === 0 && problems.length === 0) {
    report.fault(first, ['backends'], 'no backends (list at least one array)');
  }
  await checkServing(merged, env, report);
  const warnings = ordered(report.warnings);
  if (problems.length > 0) return { loaded: undefined, problems: ordered(problems), warnings };
  const plain: PlainConfig = {
    folder: folderOf(documents),
    value: merged.value,
    modules: merged.modules.map(({ module }) => module),
    backends,
  };
  const config = await wrapConfig(plain, registry);
  return { loaded: { config, plain, registry }, problems: [], warnings };
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

/** Made once for each driver: compiling a schema costs more than all it checks. */
const schemas = new WeakMap<TObject, TObject>();

/** The schema of one backend of a driver: the common keys and the driver's own. */
export function backendSchema(access: TObject): TObject {
  const known = schemas.get(access);
  if (known) return known;
  const schema = Type.Object(
    { ...backendFields, ...(access.properties as Record<string, TSchema>) },
    { additionalProperties: false },
  );
  schemas.set(access, schema);
  return schema;
}

/** The files that patterns match, absolute. */
export function findFiles(patterns: readonly string[], problems: Problem[] = []): string[] {
  const files = patterns.flatMap((pattern) => {
    const isPattern = /[*?[{]/.test(pattern) && !existsSync(pattern);
    const found = isPattern ? globSync(pattern).sort() : [pattern];
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

function folderOf(documents: readonly ConfigDocument[]): string {
  return documents[0] ? dirname(documents[0].file) : process.cwd();
}

/** A part of the list of drivers or backends, and where it stands. */
interface Written<T> {
  readonly document: ConfigDocument;
  readonly index: number;
  readonly value: T;
}

interface Merged {
  /** Everything but backends and drivers, with its defaults. */
  readonly value: Values;
  readonly modules: (Written<string> & { readonly module: string })[];
  readonly backends: Written<unknown>[];
  /** Key of the value -> where it is set. */
  readonly origin: Map<string, ConfigDocument>;
}

/** One file: any part of the whole; its backends are checked each with its driver's schema. */
const FILE_SCHEMA: TSchema = {
  ...ConfigSchema,
  required: [],
  properties: { ...ConfigSchema.properties, backends: { type: 'array' } },
};

function merge(documents: readonly ConfigDocument[], report: Report): Merged {
  const merged: Merged = { value: {}, modules: [], backends: [], origin: new Map() };
  for (const document of documents) {
    const keys = isRecord(document.value) ? Object.keys(document.value) : [];
    const value = checkPart(FILE_SCHEMA, document.value ?? {}, document, [], report);
    if (!isRecord(value)) continue;
    for (const key of keys) {
      if (key === 'backends' || key === 'drivers' || key.startsWith('x-')) continue;
      const other = merged.origin.get(key)?.file;
      if (other) report.fault(document, [], `"${key}" is also set in ${other} (set it once)`, key);
      merged.origin.set(key, document);
      merged.value[key] = value[key];
    }
    for (const [index, driver] of entriesOf(value['drivers'])) {
      if (typeof driver !== 'string') continue;
      const module = driver.startsWith('.') ? resolve(dirname(document.file), driver) : driver;
      merged.modules.push({ document, index, value: driver, module });
    }
    for (const [index, backend] of entriesOf(value['backends'])) {
      merged.backends.push({ document, index, value: backend });
    }
  }
  // The defaults of what no file says.
  checkValue(FILE_SCHEMA, merged.value);
  return merged;
}

function entriesOf(list: unknown): [number, unknown][] {
  return Array.isArray(list) ? [...list.entries()] : [];
}

async function loadDrivers(
  documents: readonly ConfigDocument[],
  { modules }: Merged,
  report: Report,
): Promise<Registry> {
  const names = modules.map(({ module }) => module);
  const { registry, problems } = await createRegistry(names, folderOf(documents));
  for (const { index, message } of problems) {
    const written = modules[index];
    if (written) report.fault(written.document, ['drivers', written.index], message);
  }
  return registry;
}

/** The backends as they will run; what is wrong with each is reported. */
async function checkBackends(
  registry: Registry,
  { backends }: Merged,
  report: Report,
): Promise<Values[]> {
  const names = new Map<string, string>();
  const checked: Values[] = [];
  for (const { document, index, value } of backends) {
    const at = ['backends', index] as const;
    if (!isRecord(value)) {
      report.fault(
        document,
        at,
        'a backend must be a mapping: name, vendor, model and how to reach it',
      );
      continue;
    }
    const { name } = value;
    if (typeof name === 'string') {
      const other = names.get(name);
      if (other) {
        const message = `the name "${name}" is taken by ${other} (names are unique)`;
        report.fault(document, [...at, 'name'], message);
      }
      names.set(name, `the backend at ${document.file}:${document.at(at).line}`);
    }
    const schema = await schemaOf(registry, value, document, at, report);
    try {
      checked.push(checkPart(schema, value, document, at, report) as Values);
    } catch {
      const message = 'the access schema of its driver is broken (ask its author)';
      report.fault(document, [...at, 'vendor'], message);
    }
  }
  return checked;
}

/** The schema of a backend's driver; of any driver where there is none of its name. */
async function schemaOf(
  registry: Registry,
  { vendor, model }: Readonly<Values>,
  document: ConfigDocument,
  at: readonly (string | number)[],
  report: Report,
): Promise<TObject> {
  if (typeof vendor === 'string' && typeof model === 'string') {
    try {
      return backendSchema((await registry.find(vendor, model)).access);
    } catch (error) {
      report.fault(document, [...at, 'model'], messageOf(error));
    }
  }
  return backendSchema(await accessOfAny(registry));
}

/** The keys that any driver takes; none of them is required. */
const anyAccess = new WeakMap<Registry, TObject>();

async function accessOfAny(registry: Registry): Promise<TObject> {
  const known = anyAccess.get(registry);
  if (known) return known;
  const fields: Record<string, TSchema> = {};
  for (const key of registry.keys()) {
    const [first = '', second = ''] = key.split(' ');
    const driver = await registry.find(first, second).catch(() => undefined);
    for (const [field, schema] of Object.entries(driver?.access.properties ?? {})) {
      fields[field] ??= Type.Optional(schema);
    }
  }
  const access = Type.Object(fields);
  anyAccess.set(registry, access);
  return access;
}

/** What goes in and out: the web file, the address, the variables of the environment. */
async function checkServing(
  { value, origin }: Merged,
  env: NodeJS.ProcessEnv,
  report: Report,
): Promise<void> {
  for (const { variable, message } of environmentFaults(
    isRecord(value['otlp']) ? value['otlp'] : undefined,
    env,
  )) {
    report.problems.push({ file: variable, line: 0, column: 0, message });
  }
  const { listen, web_config: webConfig } = value;
  const webOrigin = origin.get('web_config');
  let open = true;
  if (webOrigin && typeof webConfig === 'string' && existsSync(webConfig)) {
    const { loadWebConfig } = await import('../web/web-config.ts');
    try {
      const { users, tls, doubts } = loadWebConfig(webConfig);
      open = Object.keys(users).length === 0 && tls?.guarded !== true;
      for (const doubt of doubts) report.doubt(webOrigin, ['web_config'], `${webConfig}: ${doubt}`);
    } catch (error) {
      open = false;
      report.fault(webOrigin, ['web_config'], messageOf(error));
    }
  }
  const listenOrigin = origin.get('listen');
  if (!open || !listenOrigin) return;
  for (const address of [listen].flat()) {
    if (typeof address !== 'string') continue;
    const at = parseListen(address);
    if (at.kind !== 'tcp' || isLoopback(at.host)) continue;
    report.doubt(
      listenOrigin,
      ['listen'],
      `everybody who reaches ${address} reads it: web_config adds TLS and passwords, 127.0.0.1 keeps it on this machine`,
    );
  }
}
