/**
 * The export delegate that carries the official exporters: it serialises, and gives the batch to
 * what queues and delivers it, here or in another thread.
 */
import type { IOtlpExportDelegate } from '@opentelemetry/otlp-exporter-base';
import type { ISerializer } from '@opentelemetry/otlp-transformer';

type ExportResult = Parameters<Parameters<IOtlpExportDelegate<unknown>['export']>[1]>[0];
/* oxlint-disable typescript/no-unsafe-enum-assignment --
   the codes are those of the SDK's ExportResultCode, whose package is not ours to import */
const DONE: ExportResult = { code: 0 };
const failed = (error: Error): ExportResult => ({ code: 1, error });
/* oxlint-enable typescript/no-unsafe-enum-assignment */

/** Why points or records were lost. */
export type DropReason =
  | 'queue_full'
  /** A file of the queue that can't be read. */
  | 'queue_broken'
  | 'refused'
  | 'too_large'
  | 'partial'
  | 'serialization'
  | 'shutdown'
  /** The worker that should have handed them over is gone. */
  | 'worker_lost'
  /** The thread that held them is gone. */
  | 'egress_lost';

/** Takes serialised batches in order, keeps and delivers them. */
export interface BatchSink {
  add(body: Uint8Array, items: number): void;
  /** Counts what can't be added. */
  drop(items: number, reason: DropReason): void;
  /** Nothing may be added any more. */
  readonly closed: boolean;
  /** Bytes that wait. */
  queuedBytes(): number;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
  /** Waits until everything is delivered, at most this long. Whether it is. */
  flush(deadlineMs: number): Promise<boolean>;
  /** Gives up what is left and counts it. */
  close(): Promise<void>;
}

export interface DelegateOptions<Request, Response> {
  readonly serializer: ISerializer<Request, Response>;
  /** Points or records of a request. */
  count(request: Request): number;
  readonly sink: BatchSink;
}

export interface ExportDelegate<Request>
  extends
    Omit<IOtlpExportDelegate<Request>, 'setMetrics'>,
    Pick<BatchSink, 'queuedBytes' | 'flush' | 'close'> {
  /** Takes what is serialised already. */
  add(body: Uint8Array, items: number): void;
  /** The exporters' own metrics are not used: ours count what happens to each item. */
  setMetrics(metrics: unknown): void;
}

export function createExportDelegate<Request, Response>(
  options: DelegateOptions<Request, Response>,
): ExportDelegate<Request> {
  const { serializer, sink } = options;
  return {
    export(request, callback) {
      const items = options.count(request);
      if (sink.closed) {
        sink.drop(items, 'shutdown');
        return callback(failed(new Error('the export is closed')));
      }
      if (items === 0) return callback(DONE);
      try {
        const body = serializer.serializeRequest(request);
        if (!body) throw new Error('the serializer gave nothing');
        sink.add(body, items);
      } catch (error) {
        sink.drop(items, 'serialization');
        return callback(failed(error as Error));
      }
      callback(DONE);
    },
    add(body, items) {
      if (sink.closed) sink.drop(items, 'shutdown');
      else sink.add(body, items);
    },
    forceFlush: () => sink.idle(),
    shutdown: () => sink.close(),
    setMetrics: () => {},
    queuedBytes: () => sink.queuedBytes(),
    flush: (deadlineMs) => sink.flush(deadlineMs),
    close: () => sink.close(),
  };
}
