/** What dashboards ask: selectors, aggregations, and colours that mean something. */

/** Selects the arrays chosen, and the job that collects them. */
export const SYSTEMS = 'job=~"$job",storage_system_name=~"$system"';

/** The series of a family, of the arrays chosen. */
export const of = (family: string, selector = ''): string =>
  `${family}{${SYSTEMS}${selector && `,${selector}`}}`;

/** One series per object, however many agents read the array. `by`: its labels beside the array's. */
export const one = (family: string, by = '', selector = ''): string =>
  `max by (storage_system_name${by && `, ${by}`}) (${of(family, selector)})`;

/** Id and name of a type's objects. */
export const named = (word: string): string => `storage_${word}_id, storage_${word}_name`;

/** How many objects are in a state; 0 where none is. */
export const inState = (family: string, by: string, selector: string): string =>
  `count(${one(family, by, selector)} == 1) or vector(0)`;

/** Part of a whole, nothing where there is no whole. */
export const share = (part: string, whole: string): string => `${part} / (${whole} > 0)`;

export const top = (expression: string): string => `topk($top, ${expression})`;

/** Over time: the objects that have the highest averages over the time shown, and no others. */
export function topOver(family: string, by = '', selector = ''): string {
  const average = `avg_over_time(${of(family, selector)}[$__range] @ end())`;
  return `${one(family, by, selector)} and topk($top, max by (storage_system_name${by && `, ${by}`}) (${average}))`;
}

/**
 * The same with the names of the objects whose ids it has; of an object that is not listed its id.
 * `keys`: the labels by which its series differ.
 */
export function withNames(expression: string, words: readonly string[], keys: string): string {
  // Joins with what has no id of this kind.
  const none = `max by (storage_system_name) (${of('storage_system_up')} * 0 + 1)`;
  let joined = `(${expression})`;
  let ids = `(${expression})`;
  for (const word of words) {
    joined += ` * on (storage_system_name, storage_${word}_id) group_left (storage_${word}_name) (${one(`storage_${word}_info`, named(word))} or ${none})`;
    ids = `label_replace(${ids}, "storage_${word}_name", "$1", "storage_${word}_id", "(.+)")`;
  }
  return `${joined} or on (storage_system_name, ${keys}) ${ids}`;
}

/** From the first value on it is in this colour. */
export type Steps = readonly (readonly [from: number, colour: string])[];
export const FULL: Steps = [[0, 'green'], [0.8, 'yellow'], [0.9, 'red']]; // prettier-ignore
export const BUSY: Steps = [[0, 'green'], [0.75, 'yellow'], [0.9, 'red']]; // prettier-ignore
export const SLOW: Steps = [[0, 'green'], [0.02, 'yellow'], [0.05, 'red']]; // prettier-ignore
export const NONE_IS_GOOD: Steps = [[0, 'green'], [1, 'red']]; // prettier-ignore
export const SOME_IS_BAD: Steps = [[0, 'green'], [1, 'orange']]; // prettier-ignore
export const LEFT: Steps = [[0, 'red'], [0.1, 'yellow'], [0.3, 'green']]; // prettier-ignore
export const HOT: Steps = [[0, 'green'], [55, 'yellow'], [65, 'red']]; // prettier-ignore
export const PLAIN: Steps = [[0, 'text']];

/** Every word for a state, in the colour it deserves. */
export const STATES: Readonly<Record<string, string>> = {
  normal: 'green', ok: 'green', available: 'green', connected: 'green', online: 'green',
  syncing: 'blue', degraded: 'orange', predicted_failure: 'orange', needs_cleaning: 'orange',
  suspended: 'orange', missing: 'orange', disconnected: 'orange', abnormal: 'red', fault: 'red',
  faulty: 'red', failed: 'red', error: 'red', offline: 'red', unknown: 'text',
}; // prettier-ignore

export const SEVERITY_COLOURS: Readonly<Record<string, string>> = {
  fatal: 'dark-red', critical: 'red', major: 'orange', minor: 'yellow', warning: 'blue',
  informational: 'text', not_specified: 'text',
}; // prettier-ignore
