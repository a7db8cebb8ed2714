/** Where alert records go: OTLP, standard output, a rotated file; each for itself. */
import { JsonLogsSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Transition } from '../../backend/alerts/transition.ts';
import { trapUid } from '../../backend/alerts/uid.ts';
import type { Snapshot } from '../../backend/snapshot.ts';
import { parseSize } from '../../config/quantities.ts';
import type { Config } from '../../config/schema.ts';
import type { Trap } from '../../driver/alerts.ts';
import type { Log } from '../../driver/driver.ts';
import { otlpOf, type OtlpSettings } from '../otlp/config.ts';
import type { AgentIdentity } from '../otlp/resource.ts';
import type { SelfMetrics } from '../self.ts';
import { createLineFile, type LineFile } from './file.ts';
import { snakeCase, toRecord } from './record.ts';
import { createResources, type ArrayIdentity } from './resource.ts';

export interface AlertOutput {
  emit(transition: Transition, snapshot: Snapshot | undefined, array: ArrayIdentity): void;
  /** A trap of no backend. */
  unknown(trap: Trap): void;
  /** Waits until everything is delivered, at most this long. */
  flush(deadlineMs: number): Promise<void>;
  /** Gives up what is left and counts it. */
  close(): Promise<void>;
}

export interface AlertOutputOptions {
  readonly config: Pick<Config, 'otlp' | 'alert_output' | 'traps' | 'agent_id' | 'listen'>;
  readonly log: Log;
  readonly self: SelfMetrics;
  readonly agent: AgentIdentity;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** First wait after a failed export; tests shorten it. */
  readonly firstRetryMs?: number;
  /** Standard output; for tests. */
  readonly stdout?: Pick<NodeJS.WritableStream, 'write'>;
}

/** Takes records in order. */
interface Sink {
  write(records: readonly ReadableLogRecord[]): void;
  flush(deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Records are collected for this long, or until there are so many. */
const COLLECT_MS = 100;
const BATCH = 512;
const DEFAULT_MAX_FILES = 5;

export async function createAlertOutput(options: AlertOutputOptions): Promise<AlertOutput> {
  const { config, self, agent } = options;
  const otlp = otlpOf(config.otlp, options.env ?? process.env);
  const agentId = config.agent_id ?? config.listen ?? 'delfin-agent';
  const resources = createResources(agent, agentId, otlp?.resource ?? {});
  const sinks = await openSinks(options, otlp);
  const recordOptions = { varbinds: config.traps?.varbinds ?? false };
  let pending: ReadableLogRecord[] = [];
  let timer: NodeJS.Timeout | undefined;

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    const records = pending;
    pending = [];
    if (records.length === 0) return;
    for (const sink of sinks) sink.write(records);
  }

  function add(record: ReadableLogRecord): void {
    if (sinks.length === 0) return;
    pending.push(record);
    if (pending.length >= BATCH) send();
    else timer ??= setTimeout(send, COLLECT_MS);
  }

  return {
    emit(transition, snapshot, array) {
      if (transition.kind === 'alert') {
        const { alert, source, system } = transition;
        self.add('storage_alert_received_total', [
          system,
          snakeCase(alert.severity),
          snakeCase(alert.category),
          source,
        ]);
      }
      add(toRecord(transition, resources.of(array, snapshot), recordOptions));
    },
    unknown(trap) {
      const transition = {
        kind: 'trap',
        trap,
        reason: 'unknown_source',
        observedAt: trap.received_at,
        uid: trapUid(undefined, trap),
      } as const;
      add(toRecord(transition, resources.agent, recordOptions));
    },
    async flush(deadlineMs) {
      send();
      await Promise.all(sinks.map((sink) => sink.flush(deadlineMs)));
    },
    async close() {
      send();
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
}

async function openSinks(
  options: AlertOutputOptions,
  otlp: OtlpSettings | undefined,
): Promise<Sink[]> {
  const { stdout, file } = options.config.alert_output ?? {};
  const sinks: Sink[] = [];
  if (otlp?.logs) sinks.push(await openOtlp(options, otlp));
  if (stdout) sinks.push(toStdout(options.stdout ?? process.stdout));
  if (file !== undefined) sinks.push(toFile(options, file));
  return sinks;
}

/** The exporter costs memory: it is loaded where something is exported. */
async function openOtlp(options: AlertOutputOptions, otlp: OtlpSettings): Promise<Sink> {
  const { createLogExporter } = await import('../otlp/exporters.ts');
  const { exporter, delegate } = createLogExporter({ ...options, otlp });
  return {
    // The delegate keeps, repeats and counts: there is nothing to do about the result here.
    write: (records) => exporter.export([...records], () => {}),
    flush: async (deadlineMs) => void (await delegate.flush(deadlineMs)),
    close: () => delegate.close(),
  };
}

/** In a worker thread the stream hands whole chunks to the main thread: lines never mix. */
function toStdout(stream: Pick<NodeJS.WritableStream, 'write'>): Sink {
  let written: Promise<void> = Promise.resolve();
  return {
    write(records) {
      written = new Promise((resolve) => void stream.write(toLines(records), () => resolve()));
    },
    flush: (deadlineMs) => Promise.race([written, after(deadlineMs)]),
    close: async () => {},
  };
}

function toFile({ config, log, self }: AlertOutputOptions, path: string): Sink {
  const { max_size: maxSize = '10MiB', max_files: maxFiles = DEFAULT_MAX_FILES } =
    config.alert_output ?? {};
  const file: LineFile = createLineFile({ path, maxBytes: parseSize(maxSize), maxFiles });
  let failing = false;
  return {
    write(records) {
      try {
        file.append(toLines(records));
        if (failing) log.info({ file: path }, 'alerts can be written to the file again');
        failing = false;
      } catch (error) {
        self.add('delfin_alert_dropped_total', ['file'], records.length);
        if (!failing)
          log.error({ err: error, file: path }, 'alerts can not be written to the file');
        failing = true;
      }
    },
    flush: async () => {},
    close: async () => {},
  };
}

/** One OTLP/JSON request per line: what the Collector's `otlpjsonfile` receiver reads. */
function toLines(records: readonly ReadableLogRecord[]): string {
  return records
    .map((record) => {
      const line = JsonLogsSerializer.serializeRequest([record]);
      return line ? `${Buffer.from(line).toString('utf8')}\n` : '';
    })
    .join('');
}

/** The timer alone doesn't keep a process alive. */
function after(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
