/**
 * The export delegate that carries the official exporters: serialise, compress, keep in a queue
 * bounded in bytes, deliver in order, repeat for as long as the queue lasts. Whatever is lost is
 * counted with its reason.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { IOtlpExportDelegate } from '@opentelemetry/otlp-exporter-base';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { Log } from '../../driver/driver.ts';
import type { SelfMetrics } from '../self.ts';
import { createSender, type Verdict } from './attempt.ts';
import type { OtlpSettings, Signal } from './config.ts';
import { createBackoff } from './backoff.ts';
import { createBatchQueue, type Batch, type BatchQueue } from './queue.ts';
import { splitRequest } from './split.ts';

const FIRST_RETRY_MS = 1_000;
/** Alert records have a share of the queue that no flood of metrics can take. */
const SHARES: Readonly<Record<Signal, number>> = { metrics: 3 / 4, logs: 1 / 4 };

type ExportResult = Parameters<Parameters<IOtlpExportDelegate<unknown>['export']>[1]>[0];
/* oxlint-disable typescript/no-unsafe-enum-assignment --
   the codes are those of the SDK's ExportResultCode, whose package is not ours to import */
const DONE: ExportResult = { code: 0 };
const failed = (error: Error): ExportResult => ({ code: 1, error });
/* oxlint-enable typescript/no-unsafe-enum-assignment */

type DropReason = 'queue_full' | 'refused' | 'too_large' | 'partial' | 'serialization' | 'shutdown';

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

export function createExportDelegate<Request, Response>(
  options: DelegateOptions<Request, Response>,
): ExportDelegate<Request> {
  const { signal, otlp, serializer, self } = options;
  const drop = (items: number, reason: DropReason) => {
    if (items > 0) self.add('delfin_otlp_dropped_items_total', [signal, reason], items);
  };
  const queue = createBatchQueue({
    maxBytes: otlp.queueBytes * SHARES[signal],
    onDrop: (items) => drop(items, 'queue_full'),
    onSize: (bytes) => self.set('delfin_otlp_queue_bytes', [signal], bytes),
  });
  const delivery = createDelivery(options, queue, drop);
  let closed = false;

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    await delivery.close();
    drop(queue.clear(), 'shutdown');
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
        queue.add(body, items, otlp.compression === 'gzip');
      } catch (error) {
        drop(items, 'serialization');
        return callback(failed(error as Error));
      }
      delivery.start();
      callback(DONE);
    },
    forceFlush: () => delivery.idle(),
    shutdown: close,
    setMetrics: () => {},
    queuedBytes: () => queue.bytes(),
    async flush(deadlineMs) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, deadlineMs);
      delivery.hurry(true);
      await Promise.race([delivery.idle(), late.promise]);
      delivery.hurry(false);
      clearTimeout(timer);
      return queue.size() === 0;
    },
    close,
  };
}

interface Delivery {
  /** Goes on until the queue is empty. */
  start(): void;
  /** Resolves when it is. */
  idle(): Promise<void>;
  /** Short waits instead of long ones. */
  hurry(on: boolean): void;
  close(): Promise<void>;
}

function createDelivery<Request, Response>(
  options: DelegateOptions<Request, Response>,
  queue: BatchQueue,
  drop: (items: number, reason: DropReason) => void,
): Delivery {
  const { signal, otlp, self, log } = options;
  const sender = createSender(signal, otlp);
  const backoff = createBackoff(options.firstRetryMs ?? FIRST_RETRY_MS);
  let closed = false;
  let draining: Promise<void> | undefined;

  async function drain(): Promise<void> {
    for (let batch = queue.first(); batch; batch = queue.first()) {
      await batch.ready;
      if (closed) return;
      if (queue.first() !== batch) continue;
      queue.hold(batch);
      const verdict = await sender.send(batch.body, batch.compressed);
      if (closed) return;
      const pauseMs = act(verdict, batch);
      queue.hold(undefined);
      if (pauseMs > 0) await backoff.pause(pauseMs);
    }
  }

  /** Does what follows of an answer. How long to wait before the next attempt, ms. */
  function act(verdict: Verdict, batch: Batch): number {
    if (verdict.kind === 'delivered') {
      delivered(batch, verdict.answer);
      return 0;
    }
    const { kind, errorType } = verdict;
    self.add('delfin_otlp_export_errors_total', [signal, errorType]);
    if (kind === 'retry') {
      tellOnce(errorType);
      return verdict.afterMs ?? backoff.nextMs();
    }
    const parts = kind === 'split' ? partsOf(batch, options) : undefined;
    if (parts) queue.replace(batch, parts);
    else if (kind === 'split') {
      queue.remove(batch);
      drop(batch.items, 'too_large');
    } else {
      queue.remove(batch);
      drop(batch.items, 'refused');
      log.warn(
        { signal, error_type: errorType, items: batch.items },
        'the OTLP receiver refused a batch: it is dropped (check endpoint, headers and protocol)',
      );
    }
    return 0;
  }

  function delivered(batch: Batch, answer: Uint8Array): void {
    const rejected = Math.min(rejectedOf(options, answer), batch.items);
    queue.remove(batch);
    drop(rejected, 'partial');
    self.add('delfin_otlp_exported_items_total', [signal], batch.items - rejected);
    const attempts = backoff.worked();
    if (attempts > 0) log.info({ signal, attempts }, 'the OTLP receiver answers again');
  }

  function tellOnce(errorType: string): void {
    backoff.failed();
    if (backoff.failures() > 1) return;
    log.warn(
      { signal, url: otlp.urls[signal], error_type: errorType },
      'the OTLP receiver does not take data: it is queued and tried again',
    );
  }

  return {
    start() {
      draining ??= drain().finally(() => {
        draining = undefined;
      });
    },
    async idle() {
      await draining;
    },
    hurry: backoff.hurry,
    async close() {
      closed = true;
      backoff.end();
      await sender.close();
      await draining;
    },
  };
}

function rejectedOf<Request, Response>(
  { serializer, rejected }: DelegateOptions<Request, Response>,
  answer: Uint8Array,
): number {
  if (answer.length === 0) return 0;
  try {
    return rejected(serializer.deserializeResponse(answer));
  } catch {
    // It took the batch: what else it said is not understood.
    return 0;
  }
}

/** The halves of a batch; undefined if it can't be halved. */
function partsOf<Request, Response>(
  batch: Batch,
  { signal, otlp }: DelegateOptions<Request, Response>,
): Pick<Batch, 'body' | 'items'>[] | undefined {
  const whole = batch.compressed ? gunzipSync(batch.body) : batch.body;
  const first = Math.ceil(batch.items / 2);
  return splitRequest(whole, signal, otlp.protocol)?.map((half, index) => ({
    body: batch.compressed ? gzipSync(half) : half,
    items: index === 0 ? first : batch.items - first,
  }));
}
