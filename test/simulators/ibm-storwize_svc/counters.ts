/**
 * The statistics: what every node did in every interval, as numbers of its own. Files print running
 * totals of them; the truth divides them by the interval.
 */
import type { Model, SimNode } from './data.ts';

export const INTERVAL_S = 60;
export const FILES = 16;
/** The second node starts anew in this interval: its totals begin at zero again. */
export const RESTART = 6;

/** After so many intervals the load repeats itself. */
const CYCLE = 60;

export interface Clockwork {
  /**
   * The newest intervals, oldest first. `at`: their number since the start; `end`: epoch ms, of the
   * first node; further nodes end a second or two later.
   */
  intervals(): readonly { readonly at: number; readonly end: number }[];
}

export function createClockwork(clock: () => number): Clockwork {
  const newest = () => Math.floor(clock() / 60_000) * 60_000 - 20_000;
  const first = newest() - (FILES - 1) * 60_000;
  return {
    intervals() {
      const last = newest();
      return Array.from({ length: FILES }, (_, index) => {
        const end = last - (FILES - 1 - index) * 60_000;
        return { at: (end - first) / 60_000, end };
      });
    },
  };
}

/** Sum of what there was in the intervals up to `at`, from the node's last start on. */
export function sumSinceStart(node: number, at: number, grown: (at: number) => number): number {
  const sum = (end: number) => {
    let all = 0;
    for (let one = 0; one < end; one += 1) all += grown(one);
    return all;
  };
  const before = (end: number) =>
    (end < CYCLE ? 0 : Math.floor(end / CYCLE) * sum(CYCLE)) + sum(end % CYCLE);
  return before(at + 1) - (node === 1 && at >= RESTART ? before(RESTART) : 0);
}

/** The nodes that write statistics, each with its delay; those of the SVC end in the same second. */
export function writers(model: Model): { node: SimNode; delayMs: number; index: number }[] {
  return model.nodes
    .filter((node) => node.status === 'online')
    .map((node, index) => ({
      node,
      delayMs: model.generation === 'svc-7.4' ? 0 : index * 2000,
      index,
    }));
}

/** What `counter` of an object grew by in interval `at` on a node; idle objects stand still. */
export function growth(
  kind: string,
  object: string,
  counter: string,
  node: number,
  at: number,
): number {
  const hash = hashOf(`${kind} ${object} ${counter} ${node} ${at % CYCLE}`);
  if (hashOf(`${kind} ${object}`) % 11 === 0) return 0;
  return hash % 100_000;
}

/** The running total at the end of interval `at`. */
export function total(
  kind: string,
  object: string,
  counter: string,
  node: number,
  at: number,
): number {
  const start = node === 1 && at >= RESTART ? 0 : 1_000_000_000;
  return start + sumSinceStart(node, at, (one) => growth(kind, object, counter, node, one));
}

function hashOf(text: string): number {
  let hash = 2166136261;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16777619) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507) >>> 0;
  return (hash ^ (hash >>> 13)) >>> 0;
}
