/** `drivers list|new|test`: the drivers there are, a start for one's own, and its check. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  collectAlerts,
  collectInventory,
  collectPerformance,
  readCapabilities,
  readNewestSampleTime,
  toProblem,
  type CallProblem,
} from '../backend/collect.ts';
import { countRows, seriesOf } from '../backend/columns.ts';
import { nextWindow } from '../backend/window.ts';
import type { Driver } from '../driver/driver.ts';
import { createRegistry, keysOf } from '../registry.ts';
import { loadConfig } from '../config/load.ts';
import {
  requireConfig,
  UsageError,
  withBackend,
  type CommonOptions,
  type OneBackend,
} from './context.ts';

export async function listDrivers(
  options: CommonOptions & { readonly format: 'table' | 'json' },
  vendor?: string,
  model?: string,
): Promise<void> {
  // A configuration is optional here: it adds the third-party drivers it names.
  const { loaded } =
    options.configFile.length > 0 ? await loadConfig(options.configFile) : { loaded: undefined };
  if (options.configFile.length > 0 && !loaded) await requireConfig(options);
  const registry = loaded?.registry ?? (await createRegistry([], process.cwd())).registry;
  if (vendor !== undefined) {
    if (model === undefined) throw new UsageError('name the vendor and the model, or neither');
    const found = await registry.find(vendor, model).catch((error: unknown) => {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    });
    printOffer(found, options.format);
    return;
  }
  const rows = await Promise.all(
    registry.keys().map(async (key) => {
      const [first = '', second = ''] = key.split(' ');
      const driver = await registry.find(first, second);
      return {
        vendor: first,
        model: second,
        title: driver.title,
        origin: registry.origin(key),
        traps: driver.parseAlert !== undefined,
        methods: driver.methods ?? [],
        performance: Object.keys(measuresOf(driver)),
      };
    }),
  );
  if (options.format === 'json') {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  for (const row of rows) {
    const key = `${row.vendor} ${row.model}`;
    const origin = row.origin === 'built in' ? '' : ` [${row.origin}]`;
    process.stdout.write(`${key.padEnd(28)} ${row.title}${origin}\n`);
  }
}

/** Everything that one driver offers at most: lists and commands, what it measures and in which unit. */
function printOffer(driver: Driver, format: 'table' | 'json'): void {
  const offer = {
    keys: keysOf(driver),
    title: driver.title,
    methods: driver.methods ?? [],
    traps: driver.parseAlert !== undefined,
    performance: measuresOf(driver),
  };
  if (format === 'json') {
    process.stdout.write(`${JSON.stringify(offer, null, 2)}\n`);
    return;
  }
  const lines = [
    `${offer.keys.join(', ')}: ${offer.title}`,
    '',
    `methods: ${offer.methods.length > 0 ? offer.methods.join(', ') : 'the driver does not declare them'}`,
    `traps: ${offer.traps ? 'yes' : 'no'}`,
    ...Object.entries(offer.performance).map(
      ([type, units]) =>
        `${type}: ${Object.entries(units)
          .map(([name, unit]) => `${name} (${unit})`)
          .join(', ')}`,
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** By type of resource, each with its unit; a driver whose capabilities can't be read without an array has none to show. */
function measuresOf(driver: Driver): Record<string, Record<string, string>> {
  try {
    return Object.fromEntries(
      Object.entries(driver.capabilities?.().resource_metrics ?? {}).map(([type, metrics]) => [
        type,
        Object.fromEntries(Object.entries(metrics).map(([name, { unit }]) => [name, unit])),
      ]),
    );
  } catch {
    return {};
  }
}

/** Writes a small working driver to start from. @throws UsageError if the file is there already. */
export async function newDriver(folder: string, vendor: string, model: string): Promise<void> {
  for (const word of [vendor, model]) {
    if (!/^[a-z0-9_.-]+$/.test(word)) {
      throw new UsageError(
        `"${word}" can't be part of a driver key; use lower-case letters, digits, _ . -`,
      );
    }
  }
  const { registry } = await createRegistry([], process.cwd());
  if (registry.keys().includes(`${vendor} ${model}`)) {
    throw new UsageError(
      `there is a built-in driver "${vendor} ${model}"; choose another vendor or model`,
    );
  }
  const file = join(folder, `${vendor}-${model}.ts`);
  if (existsSync(file)) throw new UsageError(`${file} exists already`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, template(vendor, model), { flag: 'wx' });
  process.stdout.write(
    `${file}\nname it under "drivers:" in the configuration, then: delfin-agent drivers test BACKEND\n`,
  );
}

/** Calls everything a backend's driver offers and says what the core thinks of it. */
export async function testDriver(name: string, options: CommonOptions): Promise<void> {
  const faults = await withBackend(name, options, async (backend) => {
    const { collector, driver } = backend;
    const say = (line: string) => process.stdout.write(`${line}\n`);
    say(`driver ${keysOf(driver).join(', ')}: ${driver.title}`);
    const round = await collectInventory(collector, () => true);
    for (const [list, records] of Object.entries(round.inventory)) {
      say(`ok    ${list}: ${Array.isArray(records) ? `${records.length} records` : 'read'}`);
    }
    const dropped = await testPerformance(backend, say);
    const alerts = await collectAlerts(collector);
    say(alerts ? `ok    alerts: ${alerts.length}` : 'none  alerts: the driver lists none');
    const problems = [...round.problems, ...dropped, ...backend.partial.take()];
    for (const { call, error_type, message } of problems)
      say(`fault ${call}: ${error_type}: ${message}`);
    for (const drop of backend.drops) {
      say(
        `fault ${drop.list}.${drop.field ?? ''}: ${drop.reason}${drop.raw ? ` "${drop.raw}"` : ''}`,
      );
    }
    return problems.length + backend.drops.length;
  });
  if (faults > 0) throw new UsageError(`${faults} fault${faults === 1 ? '' : 's'}`);
}

/** Reads one window. What is wrong with it are the problems. */
async function testPerformance(
  { collector, settings }: OneBackend,
  say: (line: string) => void,
): Promise<CallProblem[]> {
  const capabilities = await readCapabilities(collector, settings.resources);
  const measured = Object.keys(capabilities?.resource_metrics ?? {}).join(', ');
  say(`ok    performance of: ${measured || 'nothing'}`);
  if (!capabilities || measured === '') return [];
  try {
    const now = Date.now();
    const newest = await readNewestSampleTime(collector, capabilities);
    const intervalMs = settings.performanceIntervalMs;
    const window = nextWindow(capabilities, { now, newest, intervalMs, lastGoodEnd: undefined });
    const { resource_metrics: asked } = capabilities;
    const { columns, faults } = await collectPerformance(collector, asked, window, now);
    const series = Array.from(seriesOf(columns)).length;
    say(`ok    samples: ${countRows(columns)} of ${series} series`);
    return faults.map((fault) => toProblem('collectPerfMetrics', fault));
  } catch (error) {
    return [toProblem('collectPerfMetrics', error)];
  }
}

function template(vendor: string, model: string): string {
  return `/** Replace paths and fields by those of your array; the driver developer guide explains each step. */
import {
  compact, defineDriver, identifier, list, number, object, openRest, RestAccess, text, Type,
  type Storage, type StoragePool, type Volume,
} from 'delfin-agent/driver';

export default defineDriver({
  vendor: '${vendor}',
  model: '${model}',
  title: 'What these arrays are called',
  access: Type.Object({ rest: RestAccess }),

  async open({ rest: access }, context) {
    // Basic authentication; an array with logins has \`session\` here.
    const credentials = Buffer.from(\`\${access.username}:\${access.password.reveal()}\`);
    const headers = { authorization: \`Basic \${credentials.toString('base64')}\` };
    const rest = await openRest(context, access, { port: 443, basePath: '/api', headers });
    return {
      async getStorage() {
        const system = object(await rest.get('/system'), '/system');
        return compact<Storage>({
          name: text(system['name']),
          serial_number: text(system['serial']),
        });
      },
      async listStoragePools() {
        return list(await rest.get('/pools'), '/pools').map((pool) =>
          compact<StoragePool>({
            native_storage_pool_id: identifier(pool['id']) ?? '',
            name: text(pool['name']),
            total_capacity: number(pool['size_bytes']),
          }),
        );
      },
      async listVolumes() {
        return list(await rest.get('/volumes'), '/volumes').map((volume) =>
          compact<Volume>({
            native_volume_id: identifier(volume['id']) ?? '',
            name: text(volume['name']),
            native_storage_pool_id: identifier(volume['pool_id']),
            total_capacity: number(volume['size_bytes']),
          }),
        );
      },
      close: () => rest.close(),
    };
  },
});
`;
}
