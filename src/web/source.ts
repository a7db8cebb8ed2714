/** What the web server shows. The agent implements it; the server knows nothing else. */
import type { BackendStatus } from '../backend/status.ts';
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

export interface WebSource {
  /** The exposition of all backends and the agent, or of one backend; undefined: there is no such one. */
  metrics(system?: string): Page | undefined;
  status(): StatusDocument;
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
