/** What the parts of the simulated server have in common. */
import type { Scenario, SimulatorStats } from '../../kit/simulator.ts';
import type { Model } from './data.ts';

export const BULK_PREFIX = '/univmax/rest/v1/systems/';
export const PAGE_SIZE = 1_000;

export interface UnisphereOptions {
  readonly model: Model;
  readonly scenario: Scenario;
  readonly stats: SimulatorStats;
  /** Iterators of this and smaller page sizes, for borders. */
  readonly pageSize?: number;
  /** Not registered for performance collection. */
  readonly unregistered?: boolean;
  /** What the server says of its version, and that it says so to anybody. */
  readonly about?: Readonly<Record<string, unknown>>;
  /** Pages of an iterator are all the same. */
  readonly repeatsPages?: boolean;
  /** A resource, at the end of its path, over which the server fails. */
  readonly broken?: string;
  /** What the server answers for it instead of failing: status and message. */
  readonly brokenSays?: readonly [status: number, message: string];
  /** Counters that this server does not know, and whether it can tell which it knows. */
  readonly lacks?: readonly string[];
  readonly helpless?: boolean;
  /** Bulk requests for samples bring the newest one of each object alone. */
  readonly newestOnly?: boolean;
  /** What it answers when asked for failed disks: all disks, or a status and a message. */
  readonly failedDisks?: 'all' | readonly [status: number, message: string];
  /** Alerts can be deleted, not acknowledged. */
  readonly deletesAlerts?: boolean;
}

export type Answer = readonly [status: number, body: unknown];
export const VOLUME_HOURS_MS = 3_600_000;
export const NOT_FOUND: Answer = [
  404,
  { message: 'RESTEASY003210: Could not find resource for full path' },
];

/** The first page of entries, with an iterator for the others. */
export type Paged = (entries: readonly unknown[]) => Answer;
