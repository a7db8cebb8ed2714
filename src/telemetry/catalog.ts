/**
 * Every metric family, once: instrument, unit, kind, help, Prometheus name, labels.
 * The exporters, the reference documentation, and the tests of dashboards and rules read it.
 */
import {
  describeMetric,
  METRIC_NAMES,
  RESOURCE_TYPES,
  type MetricName,
  type ResourceType,
} from '../driver/metrics.ts';
import { labelName, prometheusName, type Kind } from './names.ts';
import { QUANTITIES } from './quantities.ts';
import { INFOS, MEMBERS, STATUSES } from './tables.ts';
import type { ResourceWord } from './tables.ts';
import { SELF } from './self.ts';
import { baseUnit } from './units.ts';

export type { Kind } from './names.ts';

export interface Family {
  /** Place in the exposition. */
  readonly index: number;
  readonly instrument: string;
  /** UCUM. */
  readonly unit: string;
  readonly kind: Kind;
  readonly help: string;
  readonly name: string;
  /** Attribute keys; label names are these with underscores. */
  readonly attributes: readonly string[];
  readonly group: 'system' | 'performance' | 'quantity' | 'status' | 'info' | 'alert' | 'self';
}

type Definition = Omit<Family, 'index' | 'name'>;

export const SYSTEM = 'storage.system.name';
export const ALERT_SEVERITY = 'storage.alert.severity';

/** The word of a resource type in names. */
export const WORDS: Readonly<Record<ResourceType, ResourceWord>> = {
  storage: 'system',
  storagePool: 'pool',
  volume: 'volume',
  controller: 'controller',
  port: 'port',
  disk: 'disk',
  filesystem: 'filesystem',
  share: 'share',
  volumeGroup: 'volume_group',
  host: 'host',
};

/** What a measure is called after `storage.<type>.`. */
const MEASURES: Readonly<Record<MetricName, string>> = {
  iops: 'operations',
  readIops: 'read.operations',
  writeIops: 'write.operations',
  throughput: 'throughput',
  readThroughput: 'read.throughput',
  writeThroughput: 'write.throughput',
  responseTime: 'latency',
  readResponseTime: 'read.latency',
  writeResponseTime: 'write.latency',
  ioSize: 'io_size',
  readIoSize: 'read.io_size',
  writeIoSize: 'write.io_size',
  cacheHitRatio: 'cache.hit_ratio',
  readCacheHitRatio: 'read.cache.hit_ratio',
  writeCacheHitRatio: 'write.cache.hit_ratio',
  cpuUsage: 'cpu.utilization',
};

/** The attributes that say which resource a series is about. */
export function identityAttributes(word: ResourceWord): readonly string[] {
  if (word === 'system') return [SYSTEM];
  if (word === 'component') return [SYSTEM, 'hw.id', 'hw.name', 'hw.type'];
  if (word === 'quota')
    return [SYSTEM, 'storage.quota.id', 'storage.quota.type', 'storage.quota.subject'];
  return [SYSTEM, `storage.${word}.id`, `storage.${word}.name`];
}

const SYSTEM_FAMILIES: readonly Definition[] = [
  {
    instrument: 'storage.system.up',
    unit: '1',
    kind: 'updown',
    help: 'The last collection of this array worked.',
    attributes: [SYSTEM],
    group: 'system',
  },
  {
    instrument: 'storage.system.performance.sample_timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'Time of the newest performance sample, by the clock of the array.',
    attributes: [SYSTEM],
    group: 'system',
  },
  {
    instrument: 'storage.system.inventory.sample_timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'Time at which the inventory was read.',
    attributes: [SYSTEM],
    group: 'system',
  },
  {
    instrument: 'storage.alert.active',
    unit: '{alert}',
    kind: 'updown',
    help: 'Alerts that are active on the array.',
    attributes: [SYSTEM, ALERT_SEVERITY],
    group: 'alert',
  },
];

const INFO_FAMILIES: readonly Definition[] = [
  ...INFOS.map(({ word, extra }) => ({
    instrument: `storage.${word}.info`,
    unit: `{${word}}`,
    kind: 'updown' as const,
    help: `Facts about the ${word.replaceAll('_', ' ')}, as labels; always 1.`,
    attributes: [...identityAttributes(word), ...extra.map(({ attribute }) => attribute)],
    group: 'info' as const,
  })),
  ...MEMBERS.map(({ group, member }) => ({
    instrument: `storage.${group}.member.info`,
    unit: '{member}',
    kind: 'updown' as const,
    help: `The ${member} is a member of the ${group.replaceAll('_', ' ')}; always 1.`,
    attributes: [SYSTEM, `storage.${group}.id`, `storage.${member}.id`],
    group: 'info' as const,
  })),
];

const STATUS_FAMILIES: readonly Definition[] = STATUSES.map(
  ({ word, instrument, attribute, what }) => ({
    instrument,
    unit: '1',
    kind: 'updown',
    help: `${what}: 1 for the state it is in, 0 for the others.`,
    attributes: [...identityAttributes(word), attribute],
    group: 'status',
  }),
);

const QUANTITY_FAMILIES: readonly Definition[] = QUANTITIES.map(
  ({ word, instrument, unit, kind, help }) => ({
    instrument,
    unit,
    kind,
    help: `${help}.`,
    attributes: identityAttributes(word),
    group: 'quantity',
  }),
);

const PERFORMANCE_FAMILIES: readonly Definition[] = RESOURCE_TYPES.flatMap((type) =>
  METRIC_NAMES.filter((name) => name !== 'cpuUsage' || type === 'controller').map((name) => ({
    instrument: `storage.${WORDS[type]}.${MEASURES[name]}`,
    unit: baseUnit(name),
    kind: 'gauge' as const,
    help: `${describeMetric(name)}, average over the array's sampling interval.`,
    attributes: identityAttributes(WORDS[type]),
    group: 'performance' as const,
  })),
);

/** All families: the arrays' and then the agent's own. */
export const CATALOG: readonly Family[] = [
  ...SYSTEM_FAMILIES,
  ...INFO_FAMILIES,
  ...STATUS_FAMILIES,
  ...QUANTITY_FAMILIES,
  ...PERFORMANCE_FAMILIES,
  ...Object.values(SELF).map((family): Definition => ({ ...family, group: 'self' })),
].map((definition, index) => ({
  ...definition,
  index,
  name: prometheusName(definition.instrument, definition.unit, definition.kind),
}));

const BY_INSTRUMENT: ReadonlyMap<string, Family> = new Map(
  CATALOG.map((family) => [family.instrument, family]),
);

const BY_MEASURE: ReadonlyMap<ResourceType, ReadonlyMap<MetricName, Family>> = new Map(
  RESOURCE_TYPES.map((type) => [
    type,
    new Map(
      METRIC_NAMES.flatMap((name) => {
        const family = BY_INSTRUMENT.get(`storage.${WORDS[type]}.${MEASURES[name]}`);
        return family ? [[name, family] as const] : [];
      }),
    ),
  ]),
);

/** @throws Error for a name that the catalog lacks: a mistake of ours. */
export function familyOf(instrument: string): Family {
  const family = BY_INSTRUMENT.get(instrument);
  if (!family) throw new Error(`the catalog has no ${instrument}`);
  return family;
}

/** The family of a measure; undefined if the catalog has none for this type. */
export function performanceFamily(type: ResourceType, name: MetricName): Family | undefined {
  return BY_MEASURE.get(type)?.get(name);
}

export function labelsOf(family: Family): readonly string[] {
  return family.attributes.map(labelName);
}

/** How Prometheus types it. */
export function prometheusType(family: Family): 'counter' | 'gauge' {
  return family.kind === 'counter' ? 'counter' : 'gauge';
}
