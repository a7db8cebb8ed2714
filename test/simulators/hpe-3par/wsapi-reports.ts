/** The System Reporter's at-time reports, as the Web Services API sends them. */
import type { ArrayModel } from './data.ts';
import {
  countersOf,
  cpgsReported,
  cpuOf,
  disksReported,
  newestIn,
  portsReported,
  volumesReported,
  type Counters,
  type Reported,
} from './reports.ts';

export function reportOf(model: ArrayModel, path: string, query: string): unknown {
  const [report = ''] = path.slice('/systemreporter/attime/'.length).split('/');
  const begin = Date.parse(/sampleTime GE (\S+?)"?(?: |$)/.exec(query)?.[1] ?? '1970-01-01') / 1000;
  const written = /sampleTime LE ([^"\s]+)/.exec(query)?.[1];
  const now = Date.now() / 1000;
  const time = newestIn(begin, written ? Date.parse(written) / 1000 : now, now);
  const objects = objectsOf(model, report);
  if (objects === undefined) return undefined;
  if (time === undefined || model.sparse) {
    return { sampleTime: '', sampleTimeSec: 0, total: 0, members: [] };
  }
  const sampleTime = new Date(time * 1000).toISOString();
  const members = objects.map(({ key, object }) => ({ ...key, ...measured(object, time) }));
  return { sampleTime, sampleTimeSec: time, total: members.length, members };
}

function objectsOf(model: ArrayModel, report: string): Reported[] | undefined {
  const renamed = (list: readonly Reported[], names: Readonly<Record<string, string>>) =>
    list.map(({ key, object }) => ({
      object,
      key: Object.fromEntries(
        Object.entries(names).map(([column, field]) => [field, key[column] ?? '']),
      ),
    }));
  switch (report) {
    case 'cpgstatistics':
      return renamed(cpgsReported(model), { CPG_NAME: 'name' });
    case 'vlunstatistics':
      return renamed(volumesReported(model), { VV_NAME: 'volumeName' });
    case 'portstatistics':
      return renamed(portsReported(model), { PORT_N: 'node', PORT_S: 'slot', PORT_P: 'cardPort' });
    case 'physicaldiskstatistics':
      return renamed(disksReported(model), { PDID: 'id' });
    case 'cpustatistics':
      return model.nodes.map(({ id }) => ({ key: { node: String(id) }, object: `cpu ${id}` }));
    default:
      return undefined;
  }
}

function measured(object: string, time: number) {
  const [kind, id] = object.split(' ');
  if (kind === 'cpu') {
    const [userPct, systemPct, idlePct] = cpuOf(Number(id), time);
    return { userPct, systemPct, idlePct };
  }
  const counters: Counters = countersOf(object, time);
  const triple = ([read, write, total]: Counters['io']) => ({ read, write, total });
  return {
    IO: triple(counters.io),
    KBytes: triple(counters.kb),
    serviceTimeMS: triple(counters.ms),
    IOSizeKB: triple(counters.size),
    queueLength: 0,
    busyPct: 1.5,
  };
}
