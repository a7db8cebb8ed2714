/**
 * The export delegate that carries the official exporters: serialise, compress, keep in a queue
 * bounded in bytes, deliver in order, repeat for as long as the queue lasts. Whatever is lost is
 * counted with its reason.
 */
import { promisify } from 'node:util';
import { gunzipSync, gzip, gzipSync } from 'node:zlib';
import type { IOtlpExportDelegate } from '@opentelemetry/otlp-exporter-base';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { Log } from '../../driver/driver.ts';
import type { SelfMetrics } from '../self.ts';
import { createSender } from './attempt.ts';
import type { OtlpSettings, Signal } from './config.ts';
import { splitRequest } from './split.ts';

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** While the agent stops there is no time for long waits. */
const FLUSH_RETRY_MS = 250;
const GZIP_LEVEL = 4;
/** Alert records have a share of the queue that no flood of metrics can take. */
const SHARES: Readonly<Record<Signal, number>> = { metrics: 3 / 4, logs: 1 / 4 };

const compress = promisify<Uint8Array, { level: number }, Buffer>(gzip);

type ExportResult = Parameters<Parameters<IOtlpExportDelegate<unknown>['export']>[1]>[0];
/* oxlint-disable typescript/no-unsafe-enum-assignment --
   the codes are those of the SDK's ExportResultCode, whose package is not ours to import */
const DONE: ExportResult = { code: 0 };
const failed = (error: Error): ExportResult => ({ code: 1, error });
/* oxlint-enable typescript/no-unsafe-enum-assignment */

export type DropReason =
  | 'queue_full'
  | 'refused'
  | 'too_large'
  | 'partial'
  | 'serialization'
  | 'shutdown';

export interface DelegateOptions<Request, Response> {
  readonly signal: Signal;
  readonly otlp: OtlpSettings;
  readonly serializer: ISerializer<Request, Response>;
  /** Points or records of a request. */
  count(request: Request): number;
  /** Points or records that a receiver says it did not take. */
  rejected(response: Response): number;
  readonly log: Log;
  readonly self: SelfMetrics;
  /** First wait after a failure; tests shorten it. */
  readonly firstRetryMs?: number;
}

export interface ExportDelegate<Request> extends Omit<IOtlpExportDelegate<Request>, 'setMetrics'> {
  /** The exporters' own metrics are not used: ours count what happens to each item. */
  setMetrics(metrics: unknown): void;
  /** Serialised bytes that wait. */
  queuedBytes(): number;
  /** Waits until everything is delivered, at most this long. Whether it is. */
  flush(deadlineMs: number): Promise<boolean>;
  /** Gives up what is left and counts it. */
  close(): Promise<void>;
}

interface Batch {
  body: Uint8Array;
  compressed: boolean;
  readonly items: number;
  /** Compression is done. */
  readonly ready: Promise<void>;
}

export function createExportDelegate<Request, Response>(
  options: DelegateOptions<Request, Response>,
): ExportDelegate<Request> {
  const { signal, otlp, serializer, self, log } = options;
  const sender = createSender(signal, otlp);
  const limit = otlp.queueBytes * SHARES[signal];
  const firstRetryMs = options.firstRetryMs ?? FIRST_RETRY_MS;
  const queue: Batch[] = [];
  let bytes = 0;
  let inFlight: Batch | undefined;
  let failures = 0;
  let flushing = 0;
  let closed = false;
  let draining: Promise<void> | undefined;
  let endWait: (() => void) | undefined;

  function grow(change: number): void {
    bytes += change;
    self.set('delfin_otlp_queue_bytes', [signal], bytes);
  }

  function drop(items: number, reason: DropReason): void {
    if (items > 0) self.add('delfin_otlp_dropped_items_total', [signal, reason], items);
  }

  function remove(batch: Batch): boolean {
    const at = queue.indexOf(batch);
    if (at === -1) return false;
    queue.splice(at, 1);
    grow(-batch.body.length);
    return true;
  }

  function keepBound(): void {
    for (const batch of queue.slice()) {
      if (bytes <= limit) return;
      if (batch === inFlight) continue;
      remove(batch);
      drop(batch.items, 'queue_full');
    }
  }

  function enqueue(body: Uint8Array, items: number): void {
    const shrink = async () => {
      if (otlp.compression === 'none') return;
      const smaller = await compress(body, { level: GZIP_LEVEL });
      if (queue.includes(batch)) grow(smaller.length - batch.body.length);
      batch.body = smaller;
      batch.compressed = true;
    };
    const started = Promise.withResolvers<void>();
    const batch: Batch = { body, compressed: false, items, ready: started.promise };
    queue.push(batch);
    grow(body.length);
    // What could not be compressed is sent as it is.
    void shrink().then(started.resolve, () => started.resolve());
    void started.promise.then(keepBound);
    draining ??= drain().finally(() => {
      draining = undefined;
    });
  }

  async function drain(): Promise<void> {
    for (let batch = queue[0]; batch; batch = queue[0]) {
      await batch.ready;
      if (closed) return;
      if (queue[0] !== batch) continue;
      inFlight = batch;
      const pauseMs = await deliver(batch);
      inFlight = undefined;
      keepBound();
      if (pauseMs > 0 && !closed) await wait(pauseMs);
    }
  }

  /** Tries once. How long to wait before the next attempt, ms. */
  async function deliver(batch: Batch): Promise<number> {
    const verdict = await sender.send(batch.body, batch.compressed);
    if (closed) return 0;
    if (verdict.kind === 'delivered') {
      const rejected = Math.min(rejectedOf(verdict.answer), batch.items);
      remove(batch);
      drop(rejected, 'partial');
      self.add('delfin_otlp_exported_items_total', [signal], batch.items - rejected);
      if (failures > 0) log.info({ signal, attempts: failures }, 'the OTLP receiver answers again');
      failures = 0;
      return 0;
    }
    self.add('delfin_otlp_export_errors_total', [signal, verdict.errorType]);
    if (verdict.kind === 'split') halve(batch);
    if (verdict.kind === 'refused') {
      remove(batch);
      drop(batch.items, 'refused');
      log.warn(
        { signal, error_type: verdict.errorType, items: batch.items },
        'the OTLP receiver refused a batch: it is dropped (check endpoint, headers and protocol)',
      );
    }
    if (verdict.kind !== 'retry') return 0;
    failures += 1;
    if (failures === 1) {
      log.warn(
        { signal, url: otlp.urls[signal], error_type: verdict.errorType },
        'the OTLP receiver does not take data: it is queued and tried again',
      );
    }
    return verdict.afterMs ?? backoffMs();
  }

  function backoffMs(): number {
    if (flushing > 0) return Math.min(FLUSH_RETRY_MS, firstRetryMs);
    const full = Math.min(firstRetryMs * 2 ** Math.min(failures - 1, 20), MAX_RETRY_MS);
    return full * (0.75 + Math.random() / 4);
  }

  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function halve(batch: Batch): void {
    const at = queue.indexOf(batch);
    const whole = batch.compressed ? gunzipSync(batch.body) : batch.body;
    const halves = at === -1 ? undefined : splitRequest(whole, signal, otlp.protocol);
    remove(batch);
    if (!halves) return drop(batch.items, 'too_large');
    const first = Math.ceil(batch.items / 2);
    const parts = halves.map((half, index): Batch => ({
      body: batch.compressed ? gzipSync(half, { level: GZIP_LEVEL }) : half,
      compressed: batch.compressed,
      items: index === 0 ? first : batch.items - first,
      ready: Promise.resolve(),
    }));
    queue.splice(at, 0, ...parts);
    for (const part of parts) grow(part.body.length);
  }

  function rejectedOf(answer: Uint8Array): number {
    if (answer.length === 0) return 0;
    try {
      return options.rejected(serializer.deserializeResponse(answer));
    } catch {
      // It said 200: what else it said is not understood.
      return 0;
    }
  }

  return {
    export(request, callback) {
      const items = options.count(request);
      if (closed) {
        drop(items, 'shutdown');
        return callback(failed(new Error('the export is closed')));
      }
      if (items === 0) return callback(DONE);
      try {
        const body = serializer.serializeRequest(request);
        if (!body) throw new Error('the serializer gave nothing');
        enqueue(body, items);
      } catch (error) {
        drop(items, 'serialization');
        return callback(failed(error as Error));
      }
      callback(DONE);
    },
    forceFlush: async () => {
      await draining;
    },
    shutdown: () => close(),
    setMetrics: () => {},
    queuedBytes: () => bytes,
    async flush(deadlineMs) {
      flushing += 1;
      endWait?.();
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, deadlineMs);
      await Promise.race([draining, late.promise]);
      clearTimeout(timer);
      flushing -= 1;
      return queue.length === 0;
    },
    close,
  };

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    endWait?.();
    await sender.close();
    await draining;
    for (const batch of queue.splice(0)) drop(batch.items, 'shutdown');
    grow(-bytes);
  }
}
