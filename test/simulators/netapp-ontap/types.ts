/** What the simulated cluster is made of: each object as the API shows it, and as it is in the seed's terms. */
import type { ResourceType } from 'delfin-agent/driver';
import type { TruthRecord } from '../../kit/simulator.ts';

/** 9.8: the oldest; asar2: an ASA r2, which shows no aggregates and no file services. */
export const GENERATIONS = ['9.14.1', '9.8', 'asar2'] as const;
export type Generation = (typeof GENERATIONS)[number];

export type Json = Readonly<Record<string, unknown>>;

export interface Shown {
  readonly record: Json;
  /** Undefined: the API shows it, but it is no object of its own. */
  readonly truth?: TruthRecord | undefined;
}

/** What is measured of an object, and where the API has it. */
export interface Load {
  readonly path: string;
  readonly type: ResourceType;
  readonly uuid: string;
  readonly shape: 'usual' | 'throughput' | 'processor';
  /** After so many samples its load is the same again; 1: it never changes. */
  readonly period: number;
  /** Its newest sample is one that the array does not vouch for. */
  readonly ailing: boolean;
}

export interface Cluster {
  readonly generation: Generation;
  readonly now: number;
  /** Collection -> what it shows. */
  readonly collections: Readonly<Record<string, readonly Shown[]>>;
  readonly cluster: Json;
  readonly space: Json;
  readonly storage: TruthRecord;
  readonly loads: readonly Load[];
  readonly events: readonly Json[];
  readonly alerts: readonly TruthRecord[];
  readonly groups: {
    readonly hosts: Readonly<Record<string, readonly TruthRecord[]>>;
    readonly ports: Readonly<Record<string, readonly TruthRecord[]>>;
    readonly volumes: Readonly<Record<string, readonly TruthRecord[]>>;
  };
  readonly initiators: readonly TruthRecord[];
  readonly exports: readonly TruthRecord[];
  readonly components: readonly TruthRecord[];
}

/** Deterministic, as unlike each other as real ones. */
export function uuidOf(kind: number, index: number): string {
  const hex = (value: number, digits: number) =>
    (value % 16 ** digits).toString(16).padStart(digits, '0');
  const mixed = Math.imul(index + 1, 2_654_435_761) >>> 0;
  return `${hex(mixed, 8)}-${hex(kind * 257, 4)}-11ed-${hex(0x8000 + (index % 4_096), 4)}-00a098${hex(index + kind * 65_536, 6)}`;
}

/** Without what is undefined. */
export function known(fields: Json): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function at<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}
