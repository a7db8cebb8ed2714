/** docs/drivers.md: what each driver offers, from its own declarations. */
import {
  METRIC_NAMES,
  OPTIONAL_METHODS,
  RESOURCE_TYPES,
  type ResourceType,
} from '../src/driver/index.ts';
import type { Driver } from '../src/driver/driver.ts';
import { keysOf } from '../src/registry.ts';
import { table } from './table.ts';

const INTRO = `# Drivers

What each driver offers at most, generated from its code by \`npm run generate\`; \`delfin-agent drivers list\` prints the same for your own drivers, too. An array may offer less: an older version, a missing licence, an account without the rights. What the array itself lacks, units and definitions stand in the README of each driver.
`;

/** Every driver once; those of the same module under other names share a column. */
export function driversReference(drivers: readonly Driver[]): string {
  const names = drivers.map((driver) => keysOf(driver).join(', '));
  const parts = [
    INTRO.trim(),
    table(
      ['driver', 'arrays'],
      drivers.map(({ title }, at) => [`\`${names[at]}\``, title]),
    ),
    '## Methods',
    '`getStorage`, `listStoragePools` and `listVolumes` are in all of them.',
    table(
      ['method', ...names],
      [
        ...OPTIONAL_METHODS.map((method) => [
          `\`${method}\``,
          ...drivers.map(({ methods = [] }) => (methods.includes(method) ? 'yes' : '')),
        ]),
        ['traps', ...drivers.map(({ parseAlert }) => (parseAlert ? 'yes' : ''))],
      ],
    ),
    '## Performance',
    'The unit in which the driver tells each measure; the agent publishes base units. What a type of resource or a driver lacks is left out.',
    ...RESOURCE_TYPES.flatMap((type) => measuresTable(type, drivers)),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Measures of one type of resource by driver, if any driver has some. */
function measuresTable(type: ResourceType, drivers: readonly Driver[]): string[] {
  const columns = drivers
    .map((driver) => ({
      name: keysOf(driver).join(', '),
      units: driver.capabilities?.().resource_metrics[type] ?? {},
    }))
    .filter(({ units }) => Object.keys(units).length > 0);
  if (columns.length === 0) return [];
  const measures = METRIC_NAMES.filter((name) => columns.some(({ units }) => name in units));
  return [
    `### ${type}`,
    table(
      ['measure', ...columns.map(({ name }) => name)],
      measures.map((name) => [
        `\`${name}\``,
        ...columns.map(({ units }) => units[name]?.unit ?? ''),
      ]),
    ),
  ];
}
