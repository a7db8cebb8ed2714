/** What the System Reporter has sampled: every five minutes, the same for the same object and time. */
import type { ArrayModel } from './data.ts';

export const INTERVAL_S = 300;

export interface Counters {
  readonly io: Triple;
  readonly kb: Triple;
  readonly ms: Triple;
  readonly size: Triple;
}
/** Read, write, total. */
export type Triple = readonly [number, number, number];

/** Values as the array prints them: one decimal, service times two. */
export function countersOf(object: string, time: number): Counters {
  const seed = hash(`${object}@${time}`);
  const pick = (shift: number, range: number, digits: number) =>
    Number(((((seed >>> shift) % 1000) / 1000) * range).toFixed(digits));
  const add = (a: number, b: number, digits: number) => Number((a + b).toFixed(digits));
  const io: [number, number] = [pick(0, 9000, 1), pick(3, 5000, 1)];
  const kb: [number, number] = [pick(5, 900_000, 1), pick(7, 400_000, 1)];
  return {
    io: [...io, add(...io, 1)],
    kb: [...kb, add(...kb, 1)],
    ms: [pick(2, 20, 2), pick(9, 30, 2), pick(11, 25, 2)],
    size: [pick(4, 256, 1), pick(6, 512, 1), pick(8, 300, 1)],
  };
}

/** User, system and idle per cent of a node. */
export function cpuOf(node: number, time: number): Triple {
  const seed = hash(`cpu ${node}@${time}`);
  const user = seed % 40;
  const system = (seed >>> 8) % 30;
  return [user, system, 100 - user - system];
}

/** The newest sample time in [begin, end], seconds. */
export function newestIn(begin: number, end: number, now: number): number | undefined {
  const last = Math.floor(Math.min(end, now) / INTERVAL_S) * INTERVAL_S;
  return last >= begin ? last : undefined;
}

export interface Reported {
  /** What identifies the object in a report: values by column. */
  readonly key: Readonly<Record<string, string>>;
  /** What its counters are made from. */
  readonly object: string;
}

export function volumesReported(model: ArrayModel): Reported[] {
  return model.volumes.map(({ id, name }) => ({
    key: { VVID: String(id), VV_NAME: name },
    object: `volume ${id}`,
  }));
}

export function portsReported(model: ArrayModel): Reported[] {
  return model.ports
    .filter(({ use }) => use !== 'free')
    .map(({ id }) => {
      const [node = '', slot = '', card = ''] = id.split(':');
      return { key: { PORT_N: node, PORT_S: slot, PORT_P: card }, object: `port ${id}` };
    });
}

export function disksReported(model: ArrayModel): Reported[] {
  return model.disks.map(({ id }) => ({ key: { PDID: String(id) }, object: `disk ${id}` }));
}

export function cpgsReported(model: ArrayModel): Reported[] {
  return model.cpgs.map(({ id, name }) => ({ key: { CPG_NAME: name }, object: `cpg ${id}` }));
}

function hash(text: string): number {
  let value = 2_166_136_261;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 16_777_619) >>> 0;
  }
  return Math.imul(value ^ (value >>> 15), 2_246_822_519) >>> 0;
}
