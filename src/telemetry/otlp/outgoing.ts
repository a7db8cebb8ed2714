/**
 * Serialised batches on their way to the receiver: compressed, kept in a queue bounded in bytes,
 * delivered in order, repeated for as long as the queue lasts. Whatever is lost is counted with its
 * reason.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Log } from '../../driver/driver.ts';
import type { SelfMetrics } from '../self.ts';
import { redactUrls } from '../../redact.ts';
import { createSender, type Failure, type Sender, type Verdict } from './attempt.ts';
import { createBackoff } from './backoff.ts';
import { excerptOf } from './cause.ts';
import { encodingOf, forSignal, type Encoding, type OtlpSettings, type Signal } from './config.ts';
import type { BatchSink, DropReason } from './delegate.ts';
import { createBatchQueue, type Batch, type BatchQueue, type Bound } from './queue.ts';
import { partialSuccessOf } from './serializers.ts';
import { splitRequest } from './split.ts';
import type { Content, Spool } from './spool.ts';

export const FIRST_RETRY_MS = 1_000;
/** After so many attempts in a row without an answer nobody waits for the receiver who must not. */
const AWAY_ATTEMPTS = 2;
/** One more attempt, which may hang as those before, has this long at the end. */
const AWAY_MS = 3_000;

/** What the status page says of an export that does not work. */
export interface ExportFailure {
  readonly signal: Signal;
  /** Without credentials. */
  readonly url: string;
  readonly error_type: string;
  readonly message: string;
}

export interface OutgoingOptions {
  readonly signal: Signal;
  readonly otlp: OtlpSettings;
  /** The bound that several queues share; a part of the configured one if absent. */
  readonly bound?: Bound;
  /** Of what they have in memory, where a part is on disk. */
  readonly memory?: Bound;
  readonly log: Log;
  readonly self: SelfMetrics;
  /** Items that wait in memory only, each time they change. */
  readonly onItems?: (items: number) => void;
  /** An attempt failed; undefined: one worked. */
  readonly onFailing?: (failure: ExportFailure | undefined) => void;
  /** First wait after a failure; tests shorten it. */
  readonly firstRetryMs?: number;
}

export interface Outgoing extends BatchSink {
  /** As `add`, for a batch whose protocol is not the configured one (any more). */
  add(body: Uint8Array, items: number, protocol?: Encoding): void;
  /**
   * Builds the sender of another configuration; what it returns swaps it in. What waits is kept and
   * goes to the new receiver. @throws Error if there is no way to send to it.
   */
  prepare(otlp: OtlpSettings): () => void;
  /** Where batches are kept on disk. */
  readonly folder: string | undefined;
  /** Keeps batches there from now on, and delivers what it found; undefined: in memory only. */
  keepIn(spool: Spool | undefined): void;
  /** Resolves when what was added is on disk or gone, or can't be. Whether all of it is. */
  stored(): Promise<boolean>;
}

export function createOutgoing(given: OutgoingOptions): Outgoing {
  const { signal, self } = given;
  let otlp = forSignal(given.otlp, signal);
  const options = { ...given, otlp };
  let closed = false;
  let folder: string | undefined;
  const drop = (items: number, reason: DropReason) => {
    if (items > 0) self.add('delfin_otlp_dropped_items_total', [signal, reason], items);
  };
  const queue = createBatchQueue({
    signal,
    bound: options.bound ?? otlp.queueBytes,
    ...(options.memory ? { memory: options.memory } : {}),
    onDrop: (items) => drop(items, 'queue_full'),
    onSize(bytes, items) {
      self.set('delfin_otlp_queue_bytes', [signal], bytes);
      options.onItems?.(items);
    },
  });
  const delivery = createDelivery(options, queue, drop);

  return {
    add(body, items, protocol = encodingOf(otlp.protocol)) {
      if (closed) return drop(items, 'shutdown');
      queue.add({ body, items, protocol }, otlp.compression === 'gzip');
      delivery.start();
    },
    drop,
    get closed() {
      return closed;
    },
    queuedBytes: () => queue.bytes(),
    idle: () => delivery.idle(),
    async flush(deadlineMs) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, deadlineMs);
      await Promise.race([delivery.hurry(deadlineMs), late.promise]);
      delivery.calm();
      clearTimeout(timer);
      return queue.size() === 0;
    },
    prepare(configured) {
      const next = forSignal(configured, signal);
      const swap = delivery.prepare(next);
      return () => {
        otlp = next;
        swap();
      };
    },
    get folder() {
      return folder;
    },
    keepIn(spool) {
      folder = spool?.folder;
      queue.keepIn(spool);
      delivery.start();
    },
    stored: () => queue.settled(),
    async close() {
      if (closed) return;
      closed = true;
      await delivery.close();
      await queue.settled();
      drop(queue.clear(), 'shutdown');
    },
  };
}

interface Delivery {
  /** Goes on until the queue is empty. */
  start(): void;
  /** Resolves when it is. */
  idle(): Promise<void>;
  /**
   * Short waits instead of long ones. Resolves when the queue is empty, or when nothing will come of
   * it in this time: nobody answers, or the receiver wants a longer pause.
   */
  hurry(withinMs: number): Promise<void>;
  calm(): void;
  prepare(otlp: OtlpSettings): () => void;
  close(): Promise<void>;
}

function createDelivery(
  options: OutgoingOptions,
  queue: BatchQueue,
  drop: (items: number, reason: DropReason) => void,
): Delivery {
  const { signal, self, log } = options;
  const backoff = createBackoff(options.firstRetryMs ?? FIRST_RETRY_MS);
  let { otlp } = options;
  let sender = createSender(signal, otlp);
  /** What an attempt is under way with. */
  let busy: Sender | undefined;
  const told = new Set<string>();
  /** What it said of the last batch that it took. */
  let warned = '';
  let closed = false;
  let draining: Promise<void> | undefined;
  /** Attempts in a row that nobody answered. */
  let unanswered = 0;
  /** Somebody waits for the end of the queue. */
  let hurried: { failed(pauseMs: number): void } | undefined;

  async function drain(): Promise<void> {
    for (let batch = queue.first(); batch; batch = queue.first()) {
      await batch.ready;
      if (closed) return;
      if (queue.first() !== batch) continue;
      queue.hold(batch);
      const content = await queue.contentOf(batch);
      if (!content) {
        queue.giveUp(batch);
        drop(batch.items, 'queue_broken');
        continue;
      }
      const used = sender;
      const begunInHurry = hurried;
      const verdict = await attempt(content, used);
      if (closed) return;
      const pauseMs = await act(verdict, batch, content);
      if (verdict.kind === 'retry') begunInHurry?.failed(pauseMs);
      queue.hold(undefined);
      // Another receiver has nothing to do with what this one said.
      if (pauseMs > 0 && used === sender) await backoff.pause(pauseMs);
    }
  }

  async function attempt(content: Content, used: Sender): Promise<Verdict> {
    busy = used;
    const verdict = await used.send(content);
    busy = undefined;
    if (used !== sender) await used.close();
    return verdict;
  }

  /** Does what follows of an answer. How long to wait before the next attempt, ms. */
  async function act(verdict: Verdict, batch: Batch, content: Content): Promise<number> {
    if (verdict.kind === 'delivered') {
      await delivered(batch, content, verdict.answer);
      return 0;
    }
    const { kind, errorType } = verdict;
    self.add('delfin_otlp_export_errors_total', [signal, errorType]);
    unanswered = isStatus(errorType) ? 0 : unanswered + 1;
    if (kind === 'retry') {
      backoff.failed();
      tellOnce(verdict, 'the OTLP receiver does not take data: it is queued and tried again');
      return backoff.nextMs(verdict.afterMs);
    }
    const parts = kind === 'split' ? partsOf(content, batch.items, signal) : undefined;
    if (parts) queue.replace(batch, parts);
    else {
      await queue.remove(batch);
      drop(batch.items, kind === 'split' ? 'too_large' : 'refused');
      tellOnce(verdict, 'the OTLP receiver refuses batches: they are dropped and counted');
    }
    return backoff.refusedMs();
  }

  async function delivered(batch: Batch, content: Content, answer: Uint8Array): Promise<void> {
    const partial = partialSuccessOf(signal, content.protocol, answer);
    const rejected = Math.min(partial.rejected, batch.items);
    unanswered = 0;
    // Before anything else: a process that ends now would send it again.
    await queue.remove(batch);
    drop(rejected, 'partial');
    self.add('delfin_otlp_exported_items_total', [signal], batch.items - rejected);
    const attempts = backoff.worked();
    if (told.size > 0) log.info({ signal, attempts }, 'the OTLP receiver answers again');
    told.clear();
    options.onFailing?.(undefined);
    if (partial.message === warned) return;
    warned = partial.message;
    if (warned === '') return;
    const says = excerptOf(Buffer.from(warned), []);
    log.warn({ signal, rejected, says }, 'the OTLP receiver takes data with a warning');
  }

  /** Each kind of failure, until a batch is delivered. */
  function tellOnce({ errorType, text }: Failure, message: string): void {
    const url = redactUrls(otlp.urls[signal]);
    options.onFailing?.({ signal, url, error_type: errorType, message: text });
    if (told.has(errorType)) return;
    told.add(errorType);
    log.warn({ signal, url, error_type: errorType, cause: text }, message);
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
    async hurry(withinMs) {
      const until = performance.now() + withinMs;
      const hopeless = Promise.withResolvers<void>();
      const isAway = () => unanswered >= AWAY_ATTEMPTS;
      const stillAway = setTimeout(() => isAway() && hopeless.resolve(), AWAY_MS);
      hurried = {
        failed(pauseMs) {
          if (isAway() || performance.now() + pauseMs > until) hopeless.resolve();
        },
      };
      backoff.hurry(true);
      await Promise.race([draining, hopeless.promise]);
      clearTimeout(stillAway);
    },
    calm() {
      hurried = undefined;
      backoff.hurry(false);
    },
    prepare(next) {
      const prepared = createSender(signal, next);
      return () => {
        const before = sender;
        otlp = next;
        sender = prepared;
        // An attempt that is under way ends first.
        if (before !== busy) void before.close();
        told.clear();
        unanswered = 0;
        backoff.worked();
        backoff.end();
      };
    },
    async close() {
      closed = true;
      backoff.end();
      await Promise.all([sender.close(), busy?.close()]);
      await draining;
    },
  };
}

/** A status of HTTP or gRPC: somebody is there. */
function isStatus(errorType: string): boolean {
  return /^(\d+|[A-Z_]+)$/.test(errorType);
}

/** The halves of a batch; undefined if it can't be halved. */
function partsOf({ body, compressed, protocol }: Content, items: number, signal: Signal) {
  const whole = compressed ? gunzipSync(body) : body;
  const first = Math.ceil(items / 2);
  return splitRequest(whole, signal, protocol)?.map((half, index) => ({
    body: compressed ? gzipSync(half) : half,
    compressed,
    protocol,
    items: index === 0 ? first : items - first,
  }));
}
