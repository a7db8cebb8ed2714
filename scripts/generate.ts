/** `npm run generate`: writes the documents that follow from the code. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dashboardFiles } from '../dashboards/src/index.ts';
import { configJsonSchema } from '../src/cli/schema.ts';
import { createRegistry } from '../src/registry.ts';
import { metricsReference } from './metrics-reference.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** File -> content, as it should be in the repository. */
export async function generate(): Promise<Readonly<Record<string, string>>> {
  const { registry } = await createRegistry([], ROOT);
  return {
    'docs/metrics.md': metricsReference(),
    'config.schema.json': `${JSON.stringify(await configJsonSchema(registry), null, 2)}\n`,
    ...Object.fromEntries(
      Array.from(dashboardFiles(), ([file, content]) => [`dashboards/${file}`, content]),
    ),
  };
}

if (import.meta.main) {
  for (const [file, content] of Object.entries(await generate())) {
    writeFileSync(join(ROOT, file), content);
    console.log(file);
  }
}
