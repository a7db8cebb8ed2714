/** The made-up array's parts and copies; states and types go round, so that every value turns up. */
import {
  COMPONENT_STATES,
  REPLICATION_STATES,
  REPLICATION_TYPES,
  type Component,
  type Replication,
} from 'delfin-agent/driver';
import type { Fake } from './options.ts';
import { between, cycle, noise } from './random.ts';

type Fields = Omit<Component, 'native_component_id' | 'type' | 'status' | 'native_parent_id'>;

/** What an enclosure holds: type, how many, and what the parts say of themselves. */
const INSIDE: readonly (readonly [
  type: Component['type'],
  count: number,
  fields: (roll: (what: string, low: number, high: number) => number) => Fields,
])[] = [
  [
    'fan',
    4,
    (roll) => ({
      fan_speed: roll('rpm', 3_000, 9_000),
      fan_speed_ratio: roll('ratio', 30, 100) / 100,
    }),
  ],
  [
    'power_supply',
    2,
    (roll) => ({ power: roll('power', 80, 400), vendor: 'Fake Power', part_number: 'FP-1' }),
  ],
  ['battery', 1, (roll) => ({ charge_ratio: roll('charge', 50, 100) / 100 })],
  ['temperature', 2, (roll) => ({ temperature: roll('temperature', 20, 45) })],
  ['voltage', 1, (roll) => ({ voltage: roll('voltage', 11_800, 12_200) / 1_000 })],
  ['module', 2, () => ({ firmware: '2.1' })],
];

export function components(options: Fake): Component[] {
  let index = 0;
  const part = (
    id: string,
    type: Component['type'],
    parent: string | undefined,
    fields: Fields,
  ): Component => ({
    native_component_id: id,
    name: fields.name ?? id.replaceAll('_', ' '),
    type,
    status: cycle(COMPONENT_STATES, index++),
    ...(parent === undefined ? {} : { native_parent_id: parent }),
    ...fields,
  });
  const enclosures = Array.from({ length: options.enclosures }, (_, at) => at).flatMap((at) => {
    const enclosure = `enclosure_${at}`;
    const serial_number = `FAKEENC${options.seed}${at}`;
    return [
      part(enclosure, 'enclosure', undefined, {
        vendor: 'fake_vendor',
        model: 'FE-24',
        serial_number,
      }),
      ...INSIDE.flatMap(([type, count, fieldsOf]) =>
        Array.from({ length: count }, (_, slot) => {
          const id = `${enclosure}_${type}_${slot}`;
          const roll = (what: string, low: number, high: number) =>
            between(low, high, options.seed, id, what);
          return part(id, type, enclosure, {
            location: `enclosure ${at} slot ${slot}`,
            ...fieldsOf(roll),
          });
        }),
      ),
    ];
  });
  const inControllers = Array.from({ length: options.controllers }, (_, at) =>
    (['memory', 'cpu', 'sfp', 'other'] as const).map((type) =>
      part(`controller_${at}_${type}`, type, `controller_${at}`, {}),
    ),
  );
  return [...enclosures, ...inControllers.flat()];
}

export function replications(options: Fake): Replication[] {
  return Array.from({ length: options.replications }, (_, index) => ({
    native_replication_id: `replication_${index}`,
    name: `replication ${index}`,
    type: cycle(REPLICATION_TYPES, index),
    role: cycle(['source', 'target', 'both', 'unknown'] as const, index),
    status: cycle(REPLICATION_STATES, index),
    ...resourceOf(options, index),
    remote_system: 'fake_array_2',
    remote_resource: `remote_${index}`,
    lag: between(0, 3_600_000, options.seed, 'lag', index),
    progress: noise(options.seed, 'progress', index),
    throughput: between(0, 100_000_000, options.seed, 'throughput', index),
  }));
}

/** One of what the array has: a volume, a group or a file system. */
function resourceOf(options: Fake, index: number): Partial<Replication> {
  const of = (count: number) => index % count;
  if (index % 3 === 1 && options.volumes > 1)
    return { native_volume_group_id: `volume_group_${of(2)}` };
  if (index % 3 === 2 && options.filesystems > 0) {
    return { native_filesystem_id: `filesystem_${of(options.filesystems)}` };
  }
  return options.volumes > 0 ? { native_volume_id: `volume_${of(options.volumes)}` } : {};
}
