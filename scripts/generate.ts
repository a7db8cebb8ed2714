/** `npm run generate`: writes the documents that follow from the code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dashboardFiles } from '../dashboards/src/index.ts';
import type { Driver } from '../src/driver/driver.ts';
import { configJsonSchema } from '../src/cli/schema.ts';
import { createRegistry, type Registry } from '../src/registry.ts';
import { withKeys } from './config-reference.ts';
import { driversReference } from './drivers-reference.ts';
import { metricsReference } from './metrics-reference.ts';
import { semconvRegistry } from './semconv.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** File -> content, as it should be in the repository. */
export async function generate(): Promise<Readonly<Record<string, string>>> {
  const { registry } = await createRegistry([], ROOT);
  const schema = await configJsonSchema(registry);
  const configuration = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
  return {
    'docs/configuration.md': withKeys(configuration, schema),
    'docs/metrics.md': metricsReference(),
    'docs/semconv/registry.yaml': semconvRegistry(),
    'docs/drivers.md': driversReference(await allDrivers(registry)),
    'config.schema.json': `${JSON.stringify(schema, null, 2)}\n`,
    ...Object.fromEntries(
      Array.from(dashboardFiles(), ([file, content]) => [`dashboards/${file}`, content]),
    ),
  };
}

/** Each driver once, whatever the number of its keys. */
async function allDrivers(registry: Registry): Promise<readonly Driver[]> {
  const found = new Set<Driver>();
  for (const key of registry.keys()) {
    const [vendor = '', model = ''] = key.split(' ');
    found.add(await registry.find(vendor, model));
  }
  return [...found];
}

if (import.meta.main) {
  for (const [file, content] of Object.entries(await generate())) {
    writeFileSync(join(ROOT, file), content);
    console.log(file);
  }
}
