/** `srstat... -attime`: a report about the newest sample time that is asked for. */
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

const GROUPS = '----IO/s----- ---KBytes/s---- ----Svct ms----- -IOSz KBytes-';
const NO_DATA = 'No data found for the specified time range\n';

const OBJECTS: Readonly<Record<string, (model: ArrayModel) => Reported[]>> = {
  srstatvv: volumesReported,
  srstatport: portsReported,
  srstatpd: disksReported,
  srstatld: cpgsReported,
};

export function printReport(model: ArrayModel, words: readonly string[]): string {
  const option = (name: string) => words[words.indexOf(name) + 1];
  const begin = words.includes('-btsecs') ? Number(option('-btsecs')) : 0;
  const now = Date.now() / 1000;
  const time = newestIn(begin, words.includes('-etsecs') ? Number(option('-etsecs')) : now, now);
  if (!words.includes('-attime') || time === undefined || model.sparse) return NO_DATA;
  const stamp = new Date((time - 7 * 3600) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const head = `Time: ${stamp} PDT (${time})`;
  if (words[0] === 'srstatcpu') return `${head}\n${cpuTable(model, time)}`;
  const objects = OBJECTS[words[0] ?? '']?.(model) ?? [];
  return `${head}\n${counterTable(objects, time)}`;
}

function counterTable(objects: readonly Reported[], time: number): string {
  const keys = Object.keys(objects[0]?.key ?? {});
  const title = [...keys, ...Array.from({ length: 4 }, () => 'Rd Wr Tot'), 'QLen', 'AvgBusy%'];
  const rows = objects.map(({ key, object }) =>
    [...keys.map((name) => key[name] ?? ''), ...cells(countersOf(object, time))].join(' '),
  );
  const overall = cells(countersOf('overall', time)).join(' ');
  return [
    `${' '.repeat(keys.join(' ').length + 1)}${GROUPS}`,
    title.join(' '),
    ...rows,
    '-'.repeat(78),
    `${String(objects.length).padStart(6)} ${overall}`,
    '',
  ].join('\n');
}

function cells(counters: Counters): string[] {
  const one = [...counters.io, ...counters.kb].map((value) => value.toFixed(1));
  const two = counters.ms.map((value) => value.toFixed(2));
  return [...one, ...two, ...counters.size.map((value) => value.toFixed(1)), '1', '11.9'];
}

function cpuTable(model: ArrayModel, time: number): string {
  const rows = model.nodes.map(
    ({ id }) =>
      `${String(id).padStart(4)} ${cpuOf(id, time)
        .map((value) => value.toFixed(1))
        .join(' ')} 1200 3400`,
  );
  return [
    'NODE User% Sys% Idle% Intr/s CtxtSw/s',
    ...rows,
    '-'.repeat(40),
    `${model.nodes.length} 1 1 98 1 1`,
    '',
  ].join('\n');
}
