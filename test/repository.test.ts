/** The repository tests itself: its shape, its imports, its documents. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkValue } from '../src/config/check.ts';
import { backendSchema, loadConfig } from '../src/config/load.ts';
import { ConfigSchema } from '../src/config/schema.ts';
import { createRegistry, keysOf } from '../src/registry.ts';
import type { Driver } from '../src/driver/driver.ts';
import { withEveryOption } from './config/example.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DRIVER_FILES = [
  'index.ts',
  'client.ts',
  'records.ts',
  'metrics.ts',
  'alerts.ts',
  'README.md',
];
const README_HEADINGS = [
  'Supported',
  'Privileges',
  'Configuration',
  'Collected',
  'Alerts',
  'Limits',
  'Tested against',
];
/** Drivers that need no simulator: one is its own array, one is tested against a real agent. */
const WITHOUT_SIMULATOR = new Set(['fake_storage-fake_driver', 'generic-snmp_host']);

const driverFolders = readdirSync(join(ROOT, 'drivers'));

function files(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => file.endsWith(ending) && statSync(join(ROOT, file)).isFile());
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Module specifiers that a file imports or exports from. */
function imports(file: string): string[] {
  return Array.from(
    read(file).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g),
    ([, specifier]) => specifier ?? '',
  );
}

describe('every driver folder', () => {
  it.each(driverFolders)('%s has the same files and README headings', (folder) => {
    for (const file of DRIVER_FILES) {
      expect(existsSync(join(ROOT, 'drivers', folder, file)), `${folder}/${file}`).toBe(true);
    }
    const headings = Array.from(
      read(`drivers/${folder}/README.md`).matchAll(/^## (.+)$/gm),
      ([, heading]) => heading,
    );
    expect(headings).toEqual(README_HEADINGS);
    const simulated = existsSync(join(ROOT, 'test/simulators', folder, 'index.ts'));
    expect(simulated, `${folder}: simulator`).toBe(!WITHOUT_SIMULATOR.has(folder));
  });

  it.each(driverFolders)('%s is registered under its name', async (folder) => {
    const { default: driver } = (await import(`../drivers/${folder}/index.ts`)) as {
      default: Driver;
    };
    const [first] = [driver.model].flat();
    expect(folder).toBe(`${driver.vendor}-${first}`);
    const { registry } = await createRegistry([], ROOT);
    for (const key of keysOf(driver)) expect(registry.keys()).toContain(key);
  });

  it.each(driverFolders)('%s shows a configuration that validates', async (folder) => {
    const { default: driver } = (await import(`../drivers/${folder}/index.ts`)) as {
      default: Driver;
    };
    const section = read(`drivers/${folder}/README.md`).split('## Configuration')[1] ?? '';
    const block = /```yaml\n([\s\S]*?)```/.exec(section)?.[1] ?? '';
    const value = parse(block) as { backends: Record<string, unknown>[] };
    expect(checkValue(ConfigSchema, value)).toEqual([]);
    for (const backend of value.backends) {
      expect(keysOf(driver)).toContain(`${String(backend['vendor'])} ${String(backend['model'])}`);
      expect(checkValue(backendSchema(driver.access), backend)).toEqual([]);
    }
  });
});

describe('the arrows of the house', () => {
  it('drivers import the contract, their own folder and packages only', () => {
    const wrong = files('drivers', '.ts').flatMap((file) =>
      imports(file)
        .filter((specifier) => specifier.startsWith('.'))
        .filter((specifier) => {
          const target = relative(join(ROOT, 'drivers'), resolve(ROOT, file, '..', specifier));
          return target.split('/')[0] !== relative('drivers', file).split('/')[0];
        })
        .map((specifier) => `${file} -> ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('simulators import nothing of a driver or of the core', () => {
    const wrong = files('test/simulators', '.ts').flatMap((file) =>
      imports(file)
        .filter((specifier) => /(^|\/)(drivers|src)\//.test(specifier))
        .map((specifier) => `${file} -> ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  /** Folder of src -> folders of src that it may import. */
  const ARROWS: Readonly<Record<string, readonly string[]>> = {
    driver: [],
    // The web file is configuration, too: check takes what the server takes.
    config: ['driver', 'registry.ts', 'web'],
    backend: ['driver', 'config', 'telemetry'],
    telemetry: ['driver', 'config', 'backend', 'redact.ts', 'version.ts'],
    traps: ['driver', 'config', 'prepared.ts'],
    web: ['config', 'driver', 'telemetry', 'backend', 'prepared.ts', 'version.ts'],
    testing: ['driver', 'config', 'backend'],
    recording: ['driver'],
    egress: ['driver', 'config', 'backend', 'telemetry', 'log.ts', 'prepared.ts', 'version.ts'],
    worker: [
      'egress',
      'driver',
      'config',
      'backend',
      'telemetry',
      'traps',
      'log.ts',
      'prepared.ts',
      'registry.ts',
      'version.ts',
    ],
  };

  it('imports of src go one way', () => {
    const wrong = files('src', '.ts').flatMap((file) => {
      const [, room = ''] = file.split('/');
      const allowed = ARROWS[room];
      if (!allowed) return [];
      return imports(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => relative(join(ROOT, 'src'), resolve(ROOT, file, '..', specifier)))
        .filter((target) => {
          const [other = ''] = target.split('/');
          return other !== room && !allowed.includes(other);
        })
        .map((target) => `${file} -> ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('nothing in src but the registry names a vendor', () => {
    const vendors = /\b(huawei|oceanstor|unisphere|vmax|powermax|3par|primera|hitachi|storwize)\b/i;
    const wrong = files('src', '.ts').filter(
      (file) => file !== 'src/registry.ts' && vendors.test(read(file)),
    );
    expect(wrong).toEqual([]);
  });
});

interface OptionSchema {
  readonly properties?: Readonly<Record<string, OptionSchema>>;
  readonly items?: OptionSchema;
}

/** Every option of a schema: its keys joined by dots, those of lists without an index. */
function optionsOf(schema: object, above = ''): string[] {
  return Object.entries((schema as OptionSchema).properties ?? {}).flatMap(([key, child]) => {
    const path = above === '' ? key : `${above}.${key}`;
    return [path, ...optionsOf(child.items ?? child, path)];
  });
}

/** The same of a value. */
function keyPaths(value: unknown, above = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => keyPaths(element, above));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const path = above === '' ? key : `${above}.${key}`;
    return [path, ...keyPaths(child, path)];
  });
}

describe('the documents', () => {
  it('config.example.yaml validates, with only the made-up array active', async () => {
    const { loaded, problems } = await loadConfig([join(ROOT, 'config.example.yaml')]);
    expect(problems).toEqual([]);
    expect(loaded?.config.backends.map(({ vendor }) => vendor)).toEqual(['fake_storage']);
  });

  it('config.example.yaml validates with every option active, too', async () => {
    const { registry } = await createRegistry([], ROOT);
    const active = withEveryOption(read('config.example.yaml'));
    const value = parse(active) as {
      backends: Record<string, unknown>[];
      otlp: unknown;
      traps: unknown;
    };
    expect(checkValue(ConfigSchema, value)).toEqual([]);
    expect([value.otlp, value.traps].every((block) => typeof block === 'object')).toBe(true);
    const covered = new Set<string>();
    for (const backend of value.backends) {
      const driver = await registry.find(String(backend['vendor']), String(backend['model']));
      // The patterns of a fingerprint and of a host key can't hold an ellipsis.
      const faults = checkValue(backendSchema(driver.access), backend).filter(
        ({ path }) => !['fingerprint', 'host_key'].includes(String(path.at(-1))),
      );
      expect(faults, String(backend['name'])).toEqual([]);
      for (const key of keysOf(driver)) covered.add(key);
    }
    expect([...covered].sort()).toEqual(registry.keys());
  });

  it('config.example.yaml has every option of the schema and of every driver', async () => {
    const { registry } = await createRegistry([], ROOT);
    const example = read('config.example.yaml');
    const value = parse(withEveryOption(example)) as { backends: Record<string, unknown>[] };
    const shown = new Set([...keyPaths(value), ...value.backends.flatMap((one) => keyPaths(one))]);
    const wanted = new Set(optionsOf(ConfigSchema));
    for (const key of registry.keys()) {
      const [vendor = '', model = ''] = key.split(' ');
      const { access } = await registry.find(vendor, model);
      for (const option of optionsOf(backendSchema(access))) wanted.add(option);
    }
    // Alternatives stand in prose: one of them only can be active.
    const inProse = (option: string) =>
      /^(rest|ssh)\.insecure$/.test(option) && example.includes('or insecure: true');
    expect([...wanted].filter((option) => !shown.has(option) && !inProse(option))).toEqual([]);
  });

  it('the README is short and names every driver', async () => {
    const readme = read('README.md');
    expect(readme.split('\n').length).toBeLessThanOrEqual(150);
    const { registry } = await createRegistry([], ROOT);
    for (const key of registry.keys()) expect(readme).toContain(key.split(' ')[1]);
  });

  it('no TypeScript file but a table grows past 400 lines, no list of tests past 600', () => {
    const long = ['src', 'drivers', 'test'].flatMap((folder) =>
      files(folder, '.ts').filter((file) => {
        const limit = file.endsWith('.test.ts') ? 600 : 400;
        return (
          !/-(codes|table|tables)\.ts$/.test(file) && read(file).split('\n').length > limit + 1
        );
      }),
    );
    expect(long).toEqual([]);
  });
});
