/** Samples from what every node did in every interval, without the files. */
import type { MetricName, ResourceType } from 'delfin-agent/driver';
import type { TruthSample } from '../../kit/simulator.ts';
import { growth, INTERVAL_S, RESTART, writers, type Clockwork } from './counters.ts';
import type { Model } from './data.ts';
import { busyGrowth } from './files.ts';
import { statTime, statTruth } from './stats.ts';

const SECTOR = 512;

type Values = Readonly<Partial<Record<MetricName, number | undefined>>>;

export function samplesOf(
  model: Model,
  clockwork: Clockwork,
  start: number,
  end: number,
): TruthSample[] {
  if (model.sparse) return [];
  const nodes = writers(model);
  const delay = Math.max(...nodes.map((node) => node.delayMs));
  const samples: TruthSample[] = [];
  for (const [index, { at, end: nodeEnd }] of clockwork.intervals().entries()) {
    const time = nodeEnd + delay;
    if (index === 0 || time < start || time > end) continue;
    const add = (resource_type: ResourceType, resource_id: string, values: Values) => {
      for (const [name, value] of Object.entries(values)) {
        if (value === undefined) continue;
        samples.push({ resource_type, resource_id, name: name as MetricName, time, value });
      }
    };
    addRound(model, at, add);
  }
  addCurrent(model, start, end, samples);
  return samples;
}

function addCurrent(model: Model, start: number, end: number, samples: TruthSample[]): void {
  const time = statTime(model);
  if (time < start || time > end) return;
  const add = (resource_type: ResourceType, resource_id: string, owner: string) => {
    for (const [name, value] of Object.entries(statTruth(model, owner))) {
      if (value === undefined) continue;
      samples.push({ resource_type, resource_id, name: name as MetricName, time, value });
    }
  };
  add('storage', 'system', 'system');
  for (const { node } of writers(model)) add('controller', node.id, node.id);
}

type Add = (type: ResourceType, id: string, values: Values) => void;

function addRound(model: Model, at: number, add: Add): void {
  const all = writers(model).map((writer) => writer.index);
  const sum = (kind: string, id: string, names: string[], from = all) =>
    from.reduce(
      (total, node) =>
        total + names.reduce((part, name) => part + growth(kind, id, name, node, at), 0),
      0,
    );
  // In the round of the restart the sum over all nodes is not known.
  if (at !== RESTART) {
    for (const { id } of model.volumes)
      add(
        'volume',
        id,
        volumeValues((...n) => sum('volume', id, n)),
      );
    for (const { id } of model.mdisks)
      add(
        'disk',
        id,
        diskValues((...n) => sum('mdisk', id, n)),
      );
    for (const { id } of model.drives) {
      add(
        'disk',
        `drive_${id}`,
        diskValues((...n) => sum('drive', id, n)),
      );
    }
  }
  for (const { node, index } of writers(model)) {
    if (index === 1 && at === RESTART) continue;
    const busy = busyGrowth(node.id, index, at);
    add('controller', node.id, { cpuUsage: busy / (INTERVAL_S * 1000) });
    for (const port of model.fcPorts.filter((one) => one.node === node)) {
      add(
        'port',
        port.id,
        portValues((...names) => sum('port', port.id, names, [index])),
      );
    }
  }
}

type Sum = (...names: string[]) => number;

const quotient = (above: number, below: number) => (below === 0 ? undefined : above / below);

function rates(sum: Sum, read: string[], write: string[]): Values {
  return {
    iops: sum(...read, ...write) / INTERVAL_S,
    readIops: sum(...read) / INTERVAL_S,
    writeIops: sum(...write) / INTERVAL_S,
  };
}

function bytes(sum: Sum, read: string[], write: string[], factor = 1): Values {
  return {
    throughput: (sum(...read, ...write) * factor) / INTERVAL_S,
    readThroughput: (sum(...read) * factor) / INTERVAL_S,
    writeThroughput: (sum(...write) * factor) / INTERVAL_S,
  };
}

function latencies(sum: Sum, read: string, write: string): Values {
  const seconds = (above: number, below: number) => quotient(above / 1000, below);
  return {
    responseTime: seconds(sum(read, write), sum('ro', 'wo')),
    readResponseTime: seconds(sum(read), sum('ro')),
    writeResponseTime: seconds(sum(write), sum('wo')),
  };
}

function volumeValues(sum: Sum): Values {
  return {
    ...rates(sum, ['ro'], ['wo']),
    ...bytes(sum, ['rb'], ['wb'], SECTOR),
    ...latencies(sum, 'rl', 'wl'),
    ioSize: quotient(sum('rb', 'wb') * SECTOR, sum('ro', 'wo')),
    readIoSize: quotient(sum('rb') * SECTOR, sum('ro')),
    writeIoSize: quotient(sum('wb') * SECTOR, sum('wo')),
    cacheHitRatio: quotient(sum('ctrhs', 'ctwhs'), sum('ctrs', 'ctws')),
    readCacheHitRatio: quotient(sum('ctrhs'), sum('ctrs')),
    writeCacheHitRatio: quotient(sum('ctwhs'), sum('ctws')),
  };
}

const diskValues = (sum: Sum): Values => ({
  ...rates(sum, ['ro'], ['wo']),
  ...bytes(sum, ['rb'], ['wb'], SECTOR),
  ...latencies(sum, 'rq', 'wq'),
});

const portValues = (sum: Sum): Values => ({
  ...rates(sum, ['her', 'cer', 'lner', 'rmer'], ['het', 'cet', 'lnet', 'rmet']),
  ...bytes(sum, ['hbr', 'cbr', 'lnbr', 'rmbr'], ['hbt', 'cbt', 'lnbt', 'rmbt']),
});
