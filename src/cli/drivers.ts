/** `drivers list`: the drivers there are, and what each offers. */
import type { Driver } from '../driver/driver.ts';
import { messageOf } from '../driver/message.ts';
import { createRegistry, keysOf } from '../registry.ts';
import { loadConfig } from '../config/load.ts';
import { requireConfig, UsageError, type CommonOptions } from './context.ts';

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
      throw new UsageError(messageOf(error));
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
