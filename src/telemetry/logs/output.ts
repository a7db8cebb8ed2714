/** Where alert records go: OTLP, standard output, a rotated file; each for itself. */
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Transition } from '../../backend/alerts/transition.ts';
import { trapUid } from '../../backend/alerts/uid.ts';
import type { Snapshot } from '../../backend/snapshot.ts';
import { agentIdOf } from '../../config/listen.ts';
import { parseSize } from '../../config/quantities.ts';
import type { Config } from '../../config/schema.ts';
import type { Trap } from '../../driver/alerts.ts';
import type { Log } from '../../driver/driver.ts';
import { otlpOf, type OtlpSettings } from '../otlp/config.ts';
import type { BatchSink } from '../otlp/delegate.ts';
import type { AgentIdentity } from '../otlp/resource.ts';
import type { SelfMetrics } from '../self.ts';
import { createLineFile, type LineFile } from './file.ts';
import type { ArrayIdentity } from './resource.ts';
import { snakeCase } from './snake-case.ts';
import { createStdout, type WriteSome } from './stdout.ts';

export interface AlertOutput {
  emit(transition: Transition, snapshot: Snapshot | undefined, array: ArrayIdentity): void;
  /** A trap of no backend, or of one that another agent collects. */
  unknown(trap: Trap, array?: ArrayIdentity): void;
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
  /** Takes the serialised records; a queue of its own that delivers them if absent. */
  readonly sink?: BatchSink;
  /** First wait after a failed export; tests shorten it. */
  readonly firstRetryMs?: number;
  /** Writes to standard output; for tests. */
  readonly writeSome?: WriteSome;
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
  const { config, self } = options;
  const otlp = otlpOf(config.otlp, options.env ?? process.env);
  const sinks = await openSinks(options, otlp);
  const toRecord = sinks.length > 0 ? await createRecords(options, otlp) : undefined;
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

  function add(transition: Transition, array?: ArrayIdentity, snapshot?: Snapshot): void {
    if (!toRecord) return;
    pending.push(toRecord(transition, array, snapshot));
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
      add(transition, array, snapshot);
    },
    unknown(trap, array) {
      const transition = {
        kind: 'trap',
        trap,
        ...(array ? { system: array.name } : {}),
        reason: array ? 'other_shard' : 'unknown_source',
        observedAt: trap.received_at,
        uid: trapUid(array?.name, trap),
      } as const;
      add(transition, array);
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

type ToRecord = (
  transition: Transition,
  array: ArrayIdentity | undefined,
  snapshot: Snapshot | undefined,
) => ReadableLogRecord;

/** Records and their resources need the SDK, which costs memory: where nothing takes them, it is not loaded. */
async function createRecords(
  { config, agent }: AlertOutputOptions,
  otlp: OtlpSettings | undefined,
): Promise<ToRecord> {
  const { toRecord } = await import('./record.ts');
  const { createResources } = await import('./resource.ts');
  const agentId = agentIdOf(config);
  const resources = createResources(agent, agentId, otlp?.resource ?? {});
  const recordOptions = { varbinds: config.traps?.varbinds ?? false };
  return (transition, array, snapshot) =>
    toRecord(transition, array ? resources.of(array, snapshot) : resources.agent, recordOptions);
}

async function openSinks(
  options: AlertOutputOptions,
  otlp: OtlpSettings | undefined,
): Promise<Sink[]> {
  const { stdout, file } = options.config.alert_output ?? {};
  const sinks: Sink[] = [];
  if (otlp?.logs) sinks.push(await openOtlp(options, otlp));
  if (!stdout && file === undefined) return sinks;
  const toLines = await createLines();
  if (stdout) sinks.push(toStdout(options, toLines));
  if (file !== undefined) sinks.push(toFile(options, file, toLines));
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

function toStdout(options: AlertOutputOptions, toLines: ToLines): Sink {
  const told = tellOnce(options.log, 'standard output');
  const stdout = createStdout({
    onLost(records, error) {
      options.self.add('delfin_alert_dropped_total', ['stdout'], records);
      told.failed(error ?? new Error('nobody reads it'));
    },
    onWritten: told.worked,
    ...(options.writeSome ? { writeSome: options.writeSome } : {}),
  });
  return {
    write: (records) => stdout.write(toLines(records)),
    flush: (deadlineMs) => Promise.race([stdout.idle(), after(deadlineMs)]),
    close: async () => stdout.close(),
  };
}

function toFile({ config, log, self }: AlertOutputOptions, path: string, toLines: ToLines): Sink {
  const { max_size: maxSize = '10MiB', max_files: maxFiles = DEFAULT_MAX_FILES } =
    config.alert_output ?? {};
  const file: LineFile = createLineFile({ path, maxBytes: parseSize(maxSize), maxFiles });
  const told = tellOnce(log, path);
  return {
    write(records) {
      const { written, error } = file.append(toLines(records));
      if (error === undefined) return told.worked();
      self.add('delfin_alert_dropped_total', ['file'], records.length - written);
      told.failed(error);
    },
    flush: async () => {},
    close: async () => {},
  };
}

/** A sink that fails says so once, and once when it works again. */
function tellOnce(log: Log, sink: string) {
  let failing = false;
  return {
    failed(error: Error) {
      if (!failing) {
        log.error({ err: error, sink }, 'alerts can not be written: they are dropped and counted');
      }
      failing = true;
    },
    worked() {
      if (failing) log.info({ sink }, 'alerts can be written again');
      failing = false;
    },
  };
}

type ToLines = (records: readonly ReadableLogRecord[]) => string[];

/** One OTLP/JSON request per line: what the Collector's `otlpjsonfile` receiver reads. */
async function createLines(): Promise<ToLines> {
  const { JsonLogsSerializer } = await import('@opentelemetry/otlp-transformer');
  const toLine = (record: ReadableLogRecord) => {
    const line = JsonLogsSerializer.serializeRequest([record]);
    return line ? `${Buffer.from(line).toString('utf8')}\n` : '';
  };
  return (records) => records.map(toLine);
}

/** The timer alone doesn't keep a process alive. */
function after(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
