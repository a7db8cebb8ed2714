/** Samples of all objects of a category with one request: since Unisphere 10.1, for whole hours back. */
import { identifier, list, number, Refused, type Foreign } from 'delfin-agent/driver';
import type { Unisphere } from './client.ts';
import { segment } from './ids.ts';
import { DEFAULT_INTERVAL_S, type Category } from './metrics.ts';
import type { Window } from './registration.ts';

/** Ranges that can be asked for, hours. */
const RANGES = [1, 2, 4, 8, 12, 24] as const;
const HOUR_MS = 3_600_000;

/** Samples by object. @throws Refused if the answer does not reach back to the start of the window. */
export async function bulkSamples(
  unisphere: Unisphere,
  { arrayId, category }: { readonly arrayId: string; readonly category: Category },
  { window, hours }: { readonly window: Window; readonly hours: number },
): Promise<readonly (readonly [id: string, samples: readonly Foreign[]])[]> {
  const path = `/systems/${segment(arrayId)}/performance-categories/${category.category}`;
  const answer = await unisphere.bulk(path, { filter: `time_range eq ${hours}` });
  const instances = list(answer['metric_instances'], path).flatMap((instance) => {
    const id = identifier(instance['id']);
    return id === undefined ? [] : [[id, list(instance['metrics'] ?? [], path)] as const];
  });
  const oldest = instances.reduce((before, [, samples]) => {
    const ends = [samples[0], samples.at(-1)];
    return Math.min(before, ...ends.map((sample) => number(sample?.['timestamp']) ?? Infinity));
  }, Infinity);
  const lateMs = oldest - window.start;
  if (Number.isFinite(lateMs) && lateMs >= DEFAULT_INTERVAL_S * 1_000) {
    throw new Refused('newest', `GET ${path}: the server tells the newest samples alone`);
  }
  return instances;
}

/** The shortest range that reaches back to the start of the window, if one does. */
export function rangeFor({ start }: Window, now: number): number | undefined {
  const hours = (now - start) / HOUR_MS;
  return RANGES.find((range) => range > hours);
}
