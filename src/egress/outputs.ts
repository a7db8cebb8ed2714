/** What leaves the agent by one configuration: the queues, the alert outputs, its own numbers. */
import { namespaceOf } from '../config/listen.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../driver/driver.ts';
import type { Prepared } from '../prepared.ts';
import { createAlertOutput, type AlertOutput } from '../telemetry/logs/output.ts';
import { otlpOf, type OtlpSettings, type Signal } from '../telemetry/otlp/config.ts';
import type { BatchSink } from '../telemetry/otlp/delegate.ts';
import type { ExportFailure, Outgoing } from '../telemetry/otlp/outgoing.ts';
import { createBound, type Bound } from '../telemetry/otlp/queue.ts';
import type { SelfMetrics } from '../telemetry/self.ts';
import { VERSION } from '../version.ts';
import { createMarkStore, type MarkStore } from './marks.ts';
import type { OwnExport } from './own-export.ts';

export interface EgressOutputs {
  readonly metrics: Outgoing | undefined;
  readonly logs: Outgoing | undefined;
  readonly alerts: AlertOutput | undefined;
  readonly own: OwnExport | undefined;
  readonly marks: MarkStore;
  /**
   * Builds the outputs of another configuration; what waits in the queues stays there when they are
   * swapped. @throws Error; then nothing has changed.
   */
  prepare(config: Config): Promise<Prepared>;
  flush(deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface EgressOutputsOptions {
  readonly log: Log;
  readonly self: SelfMetrics;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Points or records that wait. */
  onWaiting(signal: Signal, items: number): void;
  /** An attempt failed; undefined: one worked, or the signal is not exported any more. */
  onFailing(signal: Signal, failure: ExportFailure | undefined): void;
  /** The agent's own numbers are due. */
  onOwnDue(): void;
  /** First wait after a failed export; tests shorten it. */
  readonly firstRetryMs?: number;
}

/** A signal that is no longer exported has this long for what waits. */
const LAST_FLUSH_MS = 2_000;

/** Where the rest of the queue is on disk. */
const MAX_MEMORY_BYTES = 128 * 2 ** 20;

const SIGNALS: readonly Signal[] = ['metrics', 'logs'];

type Queues = { readonly [S in Signal]?: Outgoing };

export function createEgressOutputs(options: EgressOutputsOptions): EgressOutputs {
  const bound: Bound = createBound(Infinity);
  const marks = createMarkStore();
  const memory: Bound = createBound(Infinity);
  /** Queues of signals that are no longer exported, until they are closed: their files are theirs. */
  const ending = new Set<Promise<void>>();
  let queues: Queues = {};
  let alerts: AlertOutput | undefined;
  let own: OwnExport | undefined;

  /** The queues of a configuration, and what makes them so. */
  async function prepareQueues(otlp: OtlpSettings | undefined) {
    const next: { [S in Signal]?: Outgoing } = {};
    const swaps: (() => void)[] = [];
    if (!otlp) return { next, swaps };
    const { createOutgoing } = await import('../telemetry/otlp/outgoing.ts');
    const { openSpool } = await import('../telemetry/otlp/spool.ts');
    const folder = otlp.queueDir;
    await Promise.all(ending);
    for (const signal of SIGNALS) {
      if (!otlp[signal]) continue;
      const running = queues[signal];
      if (running) swaps.push(running.prepare(otlp));
      const queue =
        running ??
        createOutgoing({
          ...options,
          signal,
          otlp,
          bound,
          memory,
          onItems: (items) => options.onWaiting(signal, items),
          onFailing: (failure) => options.onFailing(signal, failure),
        });
      next[signal] = queue;
      if (folder === queue.folder) continue;
      const spool =
        folder === undefined ? undefined : await openSpool({ ...options, folder, signal });
      swaps.push(() => queue.keepIn(spool));
    }
    return { next, swaps };
  }

  return {
    get metrics() {
      return queues.metrics;
    },
    get logs() {
      return queues.logs;
    },
    get alerts() {
      return alerts;
    },
    marks,
    get own() {
      return own;
    },
    async prepare(config) {
      const otlp = otlpOf(config.otlp, options.env);
      const { next, swaps } = await prepareQueues(otlp);
      const agent = { version: VERSION, ...namespaceOf(config) };
      const nextAlerts = await createAlertOutput({
        ...options,
        config,
        agent,
        ...(next.logs ? { sink: lasting(next.logs) } : {}),
      });
      const nextOwn =
        otlp && next.metrics ? await openOwn(options, config, otlp, next.metrics) : undefined;
      const added = Object.values(next).filter((queue) => !Object.values(queues).includes(queue));
      return {
        async commit() {
          if (otlp) {
            bound.set(otlp.queueBytes);
            memory.set(otlp.queueDir ? MAX_MEMORY_BYTES : Infinity);
          }
          marks.keepIn(otlp?.queueDir);
          for (const swap of swaps) swap();
          const before = { queues, alerts, own };
          queues = next;
          alerts = nextAlerts;
          own = nextOwn;
          for (const signal of SIGNALS) if (!next[signal]) options.onFailing(signal, undefined);
          await Promise.all([before.alerts?.close(), before.own?.close()]);
          const gone = Object.values(before.queues).filter(
            (queue) => !Object.values(next).includes(queue),
          );
          for (const queue of gone) {
            const end = queue.flush(LAST_FLUSH_MS).then(() => queue.close());
            ending.add(end);
            void end.finally(() => ending.delete(end));
          }
        },
        async abort() {
          await Promise.all([nextAlerts.close(), nextOwn?.close()]);
          await Promise.all(added.map((queue) => queue.close()));
        },
      };
    },
    async flush(deadlineMs) {
      await Promise.all([alerts?.flush(deadlineMs), queues.metrics?.flush(deadlineMs)]);
    },
    async close() {
      await Promise.all([alerts?.close(), own?.close()]);
      await Promise.all([queues.metrics?.close(), queues.logs?.close()]);
    },
  };
}

/** The exporters and the SDK cost memory: they are loaded where something is exported. */
async function openOwn(
  options: EgressOutputsOptions,
  config: Config,
  otlp: OtlpSettings,
  sink: Outgoing,
): Promise<OwnExport> {
  const { createOwnExport } = await import('./own-export.ts');
  return createOwnExport({
    ...options,
    config,
    otlp,
    sink: lasting(sink),
    onDue: options.onOwnDue,
  });
}

/** The queue for one of several outputs that come and go: it outlives them. */
function lasting(queue: Outgoing): BatchSink {
  return { ...queue, closed: false, close: async () => {} };
}
