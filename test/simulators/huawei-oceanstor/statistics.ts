/** Real-time statistics: which object types have which indicators, their values, and the truth. */
import type { MetricName, ResourceType } from 'delfin-agent/driver';
import type { TruthSample } from '../../kit/simulator.ts';
import type { Entity } from './entity.ts';
import type { Model } from './model.ts';

interface Meaning {
  readonly name: MetricName;
  /** To base units: operations/s, By/s, s, By, 1. */
  readonly factor: number;
}

const KIB = 1024;
const MIB = 1024 * 1024;

const BLOCK: Readonly<Record<string, Meaning>> = {
  '22': { name: 'iops', factor: 1 },
  '25': { name: 'readIops', factor: 1 },
  '28': { name: 'writeIops', factor: 1 },
  '21': { name: 'throughput', factor: MIB },
  '23': { name: 'readThroughput', factor: MIB },
  '26': { name: 'writeThroughput', factor: MIB },
  '370': { name: 'responseTime', factor: 1e-6 },
};
const NEWER: Readonly<Record<string, Meaning>> = {
  '384': { name: 'readResponseTime', factor: 1e-6 },
  '385': { name: 'writeResponseTime', factor: 1e-6 },
};
const SIZES: Readonly<Record<string, Meaning>> = {
  '228': { name: 'ioSize', factor: KIB },
  '24': { name: 'readIoSize', factor: KIB },
  '27': { name: 'writeIoSize', factor: KIB },
};
const CACHE: Readonly<Record<string, Meaning>> = {
  '303': { name: 'cacheHitRatio', factor: 0.01 },
  '93': { name: 'readCacheHitRatio', factor: 0.01 },
  '95': { name: 'writeCacheHitRatio', factor: 0.01 },
};
const NAS: Readonly<Record<string, Meaning>> = {
  '182': { name: 'iops', factor: 1 },
  '232': { name: 'readIops', factor: 1 },
  '233': { name: 'writeIops', factor: 1 },
  '23': { name: 'readThroughput', factor: MIB },
  '26': { name: 'writeThroughput', factor: MIB },
  '524': { name: 'readResponseTime', factor: 1e-6 },
  '525': { name: 'writeResponseTime', factor: 1e-6 },
};

interface Kind {
  readonly resource: ResourceType;
  readonly paths: readonly string[];
  readonly v3: Readonly<Record<string, Meaning>>;
  readonly newer: Readonly<Record<string, Meaning>>;
}

/** By object type. What a type lacks is refused by V3 and answered with -1 by later ones. */
const KINDS: Readonly<Record<string, Kind>> = {
  '201': { resource: 'storage', paths: [], v3: {}, newer: { ...BLOCK, ...NEWER } },
  '216': { resource: 'storagePool', paths: ['/storagepool'], v3: BLOCK, newer: { ...BLOCK, ...NEWER, ...SIZES } },
  '11': { resource: 'volume', paths: ['/lun'], v3: { ...BLOCK, ...SIZES, ...CACHE }, newer: { ...BLOCK, ...NEWER, ...SIZES, ...CACHE } },
  '207': { resource: 'controller', paths: ['/controller'], v3: BLOCK, newer: { ...BLOCK, ...NEWER, ...CACHE, '68': { name: 'cpuUsage', factor: 0.01 } } },
  '212': { resource: 'port', paths: ['/fc_port'], v3: BLOCK, newer: { ...BLOCK, ...NEWER } },
  '213': { resource: 'port', paths: ['/eth_port'], v3: {}, newer: BLOCK },
  '252': { resource: 'port', paths: ['/fcoe_port'], v3: BLOCK, newer: BLOCK },
  '10': { resource: 'disk', paths: ['/disk'], v3: BLOCK, newer: { ...BLOCK, ...NEWER } },
  '40': { resource: 'filesystem', paths: ['/filesystem'], v3: {}, newer: NAS },
}; // prettier-ignore

export interface Statistics {
  /** Time of the current samples, epoch s. */
  time(): number;
  /** Whether the object type takes these indicators; undefined: no such type of statistics. */
  accepts(type: string, indicators: readonly string[]): boolean;
  /** Ids of all objects of a type. */
  objects(type: string): readonly string[];
  /** -1 for an indicator that the type lacks. */
  value(type: string, id: string, indicator: string): number;
  truth(): readonly TruthSample[];
}

export function createStatistics(model: Model, clock: () => number, sparse: boolean): Statistics {
  const time = () => Math.floor(clock() / 60_000) * 60;
  const indicatorsOf = (type: string) => {
    const kind = KINDS[type];
    return (model.generation.name === 'v3' ? kind?.v3 : kind?.newer) ?? {};
  };
  const objects = (type: string): readonly string[] => {
    if (type === '201') return ['0'];
    const entities = (KINDS[type]?.paths ?? []).flatMap(
      (path) => model.collections.get(path) ?? [],
    );
    return entities.map(({ source }: Entity) => String(source['ID']));
  };
  const value = (type: string, id: string, indicator: string) => {
    if (!Object.hasOwn(indicatorsOf(type), indicator)) return -1;
    // Idle objects have no latency to speak of; in `sparse` every third has no data at all.
    const hash = hashOf(`${type}:${id}:${indicator}`);
    if (sparse && hash % 3 === 0) return -1;
    return ['93', '95', '303', '68'].includes(indicator) ? hash % 101 : hash;
  };
  return {
    time,
    objects,
    value,
    accepts(type, indicators) {
      if (Object.keys(indicatorsOf(type)).length === 0) return false;
      const known = indicatorsOf(type);
      return model.generation.name !== 'v3' || indicators.every((one) => Object.hasOwn(known, one));
    },
    truth: () =>
      Object.entries(KINDS).flatMap(([type, { resource }]) =>
        objects(type).flatMap((id) =>
          Object.entries(indicatorsOf(type)).flatMap(([indicator, { name, factor }]) => {
            const raw = value(type, id, indicator);
            if (raw < 0) return [];
            return [{ resource_type: resource, resource_id: id, name, time: time() * 1000, value: raw * factor }]; // prettier-ignore
          }),
        ),
      ),
  };
}

/** A number that looks random and is always the same for the same text. */
function hashOf(text: string): number {
  let sum = 7;
  for (let index = 0; index < text.length; index += 1) {
    sum = (sum * 31 + text.charCodeAt(index)) % 9973;
  }
  return sum;
}
