/** What the web server shows. The agent implements it; the server knows nothing else. */
import type { BackendDetails } from '../backend/details.ts';
import type { BackendStatus } from '../backend/status.ts';
import type { Alert } from '../driver/alerts.ts';
import type { ExportFailure } from '../telemetry/otlp/outgoing.ts';
import type { Page } from '../telemetry/prometheus/page.ts';

/** The JSON document behind the status page. */
export interface StatusDocument {
  readonly version: string;
  /** Epoch ms. */
  readonly started_at: number;
  readonly now: number;
  readonly ready: boolean;
  /** Backends whose first round has not ended. */
  readonly waiting: readonly string[];
  readonly backends: readonly BackendStatus[];
  /** What concerns several backends or the agent, for people. */
  readonly warnings: readonly string[];
  readonly config_last_reload_successful: boolean;
  /** Exports whose last attempt failed; absent or empty: all is well. */
  readonly export_failures?: readonly ExportFailure[];
}

/** The JSON document behind the page of one array. */
export interface ArrayDocument extends BackendStatus {
  /** Epoch ms. */
  readonly now: number;
  /** Absent: its worker is gone, or did not answer soon. */
  readonly details?: BackendDetails;
  /** The worst and newest active ones, a hundred at most; absent: nothing is known of them. */
  readonly alerts?: readonly Alert[];
}

export interface WebSource {
  /** The exposition of all backends and the agent, or of one backend; undefined: there is no such one. */
  metrics(system?: string): Promise<Page | undefined>;
  status(): StatusDocument;
  /** One array, with what is going on now; undefined: there is no such one. Never waits for the array. */
  array(system: string): Promise<ArrayDocument | undefined>;
  /** The configuration as YAML, secrets as ***. */
  config(): string;
  /** Reloads the configuration; the message says what is wrong. */
  reload(): Promise<{
    readonly ok: boolean;
    /** 400: the configuration is wrong; 500: it could not be taken into use. */
    readonly status: 200 | 400 | 500 | 503;
    readonly message: string;
  }>;
  /** A request was answered. */
  served(route: string, status: number, durationMs: number): void;
}
