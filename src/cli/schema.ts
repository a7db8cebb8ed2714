/** `schema`: the JSON Schema of the configuration, with every driver's own keys. */
import { backendSchema } from '../config/load.ts';
import { ConfigSchema } from '../config/schema.ts';
import { createRegistry, keysOf, type Registry } from '../registry.ts';
import type { Driver } from '../driver/driver.ts';

export async function printSchema(): Promise<void> {
  const { registry } = await createRegistry([], process.cwd());
  process.stdout.write(`${JSON.stringify(await configJsonSchema(registry), null, 2)}\n`);
}

/** Each backend is checked against the schema of its own vendor and model. */
export async function configJsonSchema(registry: Registry): Promise<object> {
  const drivers = await allDrivers(registry);
  const branches = drivers.map((driver) => ({
    if: {
      properties: { vendor: { const: driver.vendor }, model: { enum: [driver.model].flat() } },
      required: ['vendor', 'model'],
    },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: backendSchema(driver.access),
  }));
  const { backends: _, ...properties } = ConfigSchema.properties;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...ConfigSchema,
    properties: {
      ...properties,
      backends: {
        type: 'array',
        description: 'The arrays',
        items: {
          type: 'object',
          required: ['name', 'vendor', 'model'],
          properties: {
            vendor: { enum: [...new Set(drivers.map(({ vendor }) => vendor))] },
            model: { enum: [...new Set(drivers.flatMap(({ model }) => model))] },
          },
          allOf: branches,
        },
      },
    },
  };
}

/** Every driver once. */
export async function allDrivers(registry: Registry): Promise<readonly Driver[]> {
  const drivers = new Map<string, Driver>();
  for (const key of registry.keys()) {
    const [vendor = '', model = ''] = key.split(' ');
    const driver = await registry.find(vendor, model);
    drivers.set(keysOf(driver).join(), driver);
  }
  return [...drivers.values()];
}
