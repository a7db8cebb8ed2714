/** What the status page and `/api/v1/status` say about one backend. Plain data: it crosses threads. */
import type { Severity } from '../driver/alerts.ts';
import type { ErrorType } from '../driver/errors.ts';
import type { Traffic } from '../driver/transports.ts';
import type { CallProblem } from './collect.ts';

export type CollectionKind = 'inventory' | 'performance' | 'alerts';

/** The last run of one kind. */
export interface RunStatus {
  /** When it ended, epoch ms. */
  readonly at: number;
  readonly duration_ms: number;
  readonly ok: boolean;
  readonly error_type?: ErrorType;
  readonly message?: string;
  /** When the last good one ended, epoch ms. */
  readonly last_success_at?: number;
}

export interface BackendStatus {
  readonly name: string;
  readonly vendor: string;
  readonly model: string;
  /** undefined until the first collection ended. */
  readonly up?: boolean;
  /** Identity as the array states it. */
  readonly serial_number?: string;
  readonly firmware_version?: string;
  readonly product?: string;
  /** The array's own console. */
  readonly access_url?: string;
  readonly runs: { readonly [K in CollectionKind]?: RunStatus };
  /** Records by list. */
  readonly counts: Readonly<Record<string, number>>;
  readonly series: number;
  /** Calls that failed in the last round. */
  readonly problems: readonly CallProblem[];
  /** Records and fields dropped since the start, by reason. */
  readonly drops: Readonly<Record<string, number>>;
  /** What the driver could not translate and shows as unknown: list, field and the array's word. */
  readonly unknown_values?: readonly string[];
  readonly active_alerts?: Readonly<Record<Severity, number>>;
  readonly traffic: Readonly<Traffic>;
}
