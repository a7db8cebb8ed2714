/** One object of the array: what the interface says of it, and what is true of it. */
import type { Random } from '../../kit/data.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface Entity {
  /** As the interface prints it. */
  readonly source: Fields;
  /** As a record has it. */
  readonly record: Fields;
}

/** Fields of the interface with what they mean. */
export type Meaning = readonly [source: Fields, record: Fields];

export interface Generation {
  readonly name: 'v3' | 'v5' | 'dorado-v6';
  readonly dorado: boolean;
}

export interface Plan {
  readonly generation: Generation;
  readonly random: Random;
  /** Leave out optional fields here and there. */
  readonly sparse: boolean;
  readonly volumes: number;
}

/** An object with fields it always has and fields that some firmwares leave out. */
export function entity(plan: Plan, always: Meaning, ...optional: readonly Meaning[]): Entity {
  const kept = optional.filter(() => !plan.sparse || plan.random.next() < 0.5);
  const parts = [always, ...kept];
  return {
    source: Object.assign({}, ...parts.map(([source]) => source)) as Fields,
    record: withoutAbsent(Object.assign({}, ...parts.map(([, record]) => record)) as Fields),
  };
}

function withoutAbsent(record: Fields): Fields {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** Goes round a list. */
export function cycle<T>(choices: readonly T[], index: number): T {
  return choices[index % choices.length] as T;
}

/** Capacities in 512-byte sectors of whole GiB, and their bytes. */
export const GIB_SECTORS = 2 ** 21;
export const GIB = 2 ** 30;
