/**
 * The statistics: what every node did in every interval, as numbers of its own. Files print running
 * totals of them; the truth divides them by the interval.
 */
import type { Model, SimNode } from './data.ts';

export const INTERVAL_S = 60;
export const FILES = 16;
/** The second node starts anew in this interval: its totals begin at zero again. */
export const RESTART = 6;

export interface Clockwork {
  /** Ends of the intervals, epoch ms, of the first node; further nodes end a second or two later. */
  readonly ends: readonly number[];
}

export function createClockwork(nowMs: number): Clockwork {
  const last = Math.floor(nowMs / 60_000) * 60_000 - 20_000;
  return {
    ends: Array.from({ length: FILES }, (_, index) => last - (FILES - 1 - index) * 60_000),
  };
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
  const hash = hashOf(`${kind} ${object} ${counter} ${node} ${at}`);
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
  const restarted = node === 1 && at >= RESTART;
  let sum = restarted ? 0 : 1_000_000_000;
  for (let one = restarted ? RESTART : 0; one <= at; one += 1) {
    sum += growth(kind, object, counter, node, one);
  }
  return sum;
}

function hashOf(text: string): number {
  let hash = 2166136261;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16777619) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507) >>> 0;
  return (hash ^ (hash >>> 13)) >>> 0;
}
