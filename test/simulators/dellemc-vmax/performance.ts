/** The performance database: which objects are measured, and their samples every five minutes. */
import { ARRAY_ID, isNewest, type Model } from './data.ts';

export const INTERVAL_MS = 300_000;
const KEPT_MS = 7 * 86_400_000;

export interface Measured {
  readonly category: string;
  /** Id fields as in keys and requests. */
  readonly selection: Readonly<Record<string, string>>;
}

/** Counters of a category; those of all versions first, up to the number given. */
const COUNTERS: Readonly<Record<string, readonly [old: number, ...names: string[]]>> = {
  Array: [
    6, 'HostIOs', 'HostReads', 'HostWrites', 'HostMBs', 'HostMBReads', 'HostMBWritten',
    'ReadResponseTime', 'WriteResponseTime', 'PercentHit',
  ],
  SRP: [
    7, 'HostIOs', 'HostReads', 'HostWrites', 'HostMBs', 'HostMBReads', 'HostMBWritten',
    'ResponseTime', 'ReadResponseTime', 'WriteResponseTime',
  ],
  FEDirector: [
    2, 'HostIOs', 'HostMBs', 'ReadResponseTime', 'WriteResponseTime', 'PercentBusy',
    'PercentHitReqs', 'PercentReadReqHit', 'PercentWriteReqHit',
  ],
  BEDirector: [4, 'IOs', 'MBs', 'MBRead', 'MBWritten', 'PercentBusy'],
  RDFDirector: [
    4, 'IOs', 'MBSentAndReceived', 'MBRead', 'MBWritten', 'AvgIOServiceTime', 'PercentBusy',
  ],
  FEPort: [
    5, 'IOs', 'MBs', 'MBRead', 'MBWritten', 'ResponseTime', 'Reads', 'Writes',
    'ReadResponseTime', 'WriteResponseTime', 'AvgIOSize',
  ],
  BEPort: [4, 'IOs', 'MBs', 'MBRead', 'MBWritten', 'Reads', 'Writes', 'AvgIOSize'],
  RDFPort: [4, 'IOs', 'MBs', 'MBRead', 'MBWritten', 'Reads', 'Writes', 'AvgIOSize'],
  Disk: [
    5, 'IOs', 'MBs', 'MBReads', 'MBWritten', 'AvgResponseTime', 'ReadResponseTime',
    'WriteResponseTime',
  ],
  DiskGroup: [
    5, 'IOs', 'MBs', 'MBReads', 'MBWritten', 'ResponseTime', 'DiskReads', 'DiskWrites',
    'ReadResponseTime', 'WriteResponseTime',
  ],
  StorageGroup: [
    7, 'HostIOs', 'HostReads', 'HostWrites', 'HostMBs', 'HostMBReads', 'HostMBWritten',
    'ResponseTime', 'ReadResponseTime', 'WriteResponseTime', 'PercentHit', 'AvgIOSize',
  ],
  Volume: [
    7, 'IoRate', 'Reads', 'Writes', 'MBRead', 'MBWritten', 'ReadResponseTime',
    'WriteResponseTime',
  ],
}; // prettier-ignore

/** The oldest version knows fewer counters and refuses a request that names another. */
export function countersOf({ generation }: Model, category: string): readonly string[] {
  const [old, ...names] = COUNTERS[category] ?? [0];
  return generation === '84' ? names.slice(0, old) : names;
}

const DIRECTORS: Readonly<Record<string, readonly string[]>> = {
  FE: ['FA', 'SE', 'EF', 'OR'],
  BE: ['DF', 'DX'],
  RDF: ['RF', 'RE'],
};

/** Whether a category exists in this version. */
export function isOffered(model: Model, category: string): boolean {
  const { generation } = model;
  if (category === 'Volume' || category === 'DiskGroup') return isNewest(model);
  if (category === 'Disk') return generation === '91' || generation === '92';
  return COUNTERS[category] !== undefined;
}

export function measuredOf(model: Model, category: string): readonly Measured[] {
  if (!isOffered(model, category)) return [];
  const each = (ids: readonly string[], field: string) =>
    ids.map((id) => ({ category, selection: { [field]: id } }));
  if (category === 'Array') return [{ category, selection: { symmetrixId: ARRAY_ID } }];
  if (category === 'SRP')
    return each(
      model.pools.map(({ id }) => id),
      'srpId',
    );
  if (category === 'Disk')
    return each(
      model.disks.map(({ id }) => id),
      'diskId',
    );
  if (category === 'StorageGroup')
    return each(
      model.groups.map(({ id }) => id),
      'storageGroupId',
    );
  if (category === 'DiskGroup') return each(['1', '2'], 'diskGroupId');
  if (category === 'Volume')
    return each(
      model.volumes.map(({ id }) => id),
      'volumeId',
    );
  const emulations = DIRECTORS[category.replace(/Director|Port/, '')] ?? [];
  const directors = model.directors.filter(({ id }) => emulations.includes(id.slice(0, 2)));
  if (category.endsWith('Director'))
    return each(
      directors.map(({ id }) => id),
      'directorId',
    );
  return directors.flatMap(({ ports }) =>
    ports.map(({ director, id }) => ({
      category,
      selection: { directorId: director, portId: id },
    })),
  );
}

export interface Span {
  readonly first: number;
  readonly last: number;
}

export function available(now: number): Span {
  const last = Math.floor(now / INTERVAL_MS) * INTERVAL_MS;
  return { first: last - KEPT_MS, last };
}

/** Times of samples from start to end, both included. */
export function timesIn(start: number, end: number, { first, last }: Span): number[] {
  const from = Math.ceil(Math.max(start, first) / INTERVAL_MS) * INTERVAL_MS;
  const times: number[] = [];
  for (let time = from; time <= Math.min(end, last); time += INTERVAL_MS) times.push(time);
  return times;
}

/** A counter's value: the same for the same object and time. Absent now and then in a sparse array. */
export function sampleOf(
  model: Model,
  measured: Measured,
  counter: string,
  time: number,
): number | undefined {
  const random = hash(
    `${JSON.stringify(Object.values(measured.selection))} ${measured.category} ${counter} ${time}`,
  );
  if (model.sparse && random % 4 === 0) return undefined;
  const span = counter.startsWith('Percent') ? 100 : 5_000;
  return random % 7 === 0 ? 0 : Number(((random / 2 ** 32) * span).toPrecision(7));
}

function hash(written: string): number {
  let state = 0x811c9dc5;
  for (const letter of written) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
  return (state ^ (state >>> 13)) >>> 0;
}
