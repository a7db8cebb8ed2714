/** An egress in this process, and the ends of workers that hand over to it. */
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { createEgressLink, type EgressLink } from '../../src/egress/link.ts';
import {
  WAITING,
  type AlertCounts,
  type FromService,
  type ToService,
} from '../../src/egress/messages.ts';
import { serveEgress } from '../../src/egress/service.ts';
import {
  createSelfMetrics,
  mergeCounts,
  type SelfCounts,
  type SelfName,
} from '../../src/telemetry/self.ts';
import { eventually } from '../kit/ports.ts';
import { quietLog } from '../kit/snapshot.ts';

export interface TestWorker {
  readonly link: EgressLink;
  /** Its end closes, as its thread's does when it dies. */
  die(): Promise<void>;
}

export interface TestEgress extends AsyncDisposable {
  /** @throws Error as the service tells it */
  apply(value: Readonly<Record<string, unknown>>): Promise<void>;
  worker(): TestWorker;
  /** An end that hands over from now on. */
  connect(link: EgressLink): void;
  retain(systems: readonly string[]): void;
  counts(system: string): AlertCounts | undefined;
  /** Of the service and all workers, at most a second old. */
  count(name: SelfName, ...labels: string[]): number;
  queuedBytes(): number;
  waiting(): Readonly<Record<(typeof WAITING)[number], number>>;
  close(deadlineMs: number): Promise<void>;
}

export function startEgress(firstRetryMs = 20): TestEgress {
  const { port1, port2 } = new MessageChannel();
  const waiting = new SharedArrayBuffer(8);
  serveEgress(port2, { log: quietLog, waiting, env: {}, firstRetryMs });
  const alerts = new Map<string, AlertCounts | undefined>();
  const answers = new Map<number, PromiseWithResolvers<void>>();
  const selves = [createSelfMetrics()];
  const closed = Promise.withResolvers<void>();
  let served: SelfCounts = new Map();
  let isClosed = false;
  let lastId = 0;
  const post = (message: ToService, transfer: Parameters<typeof port1.postMessage>[1] = []) =>
    port1.postMessage(message, transfer);
  port1.on('message', (message: FromService) => {
    switch (message.type) {
      case 'done':
        if (message.error === undefined) answers.get(message.id)?.resolve();
        else answers.get(message.id)?.reject(new Error(message.error));
        break;
      case 'self':
        served = message.counts;
        break;
      case 'counts':
        alerts.set(message.system, message.counts);
        break;
      case 'closed':
        isClosed = true;
        closed.resolve();
        break;
      case 'own':
        break;
    }
  });
  const valueOf = (name: SelfName, labels: readonly string[]) =>
    mergeCounts([served, ...selves.map((self) => self.counts())])
      .get(name)
      ?.get(labels.join('\u0000')) ?? 0;

  async function ask(message: (id: number) => ToService): Promise<void> {
    const answer = Promise.withResolvers<void>();
    lastId += 1;
    answers.set(lastId, answer);
    post(message(lastId));
    await answer.promise;
  }

  const egress: TestEgress = {
    async apply(value) {
      await ask((id) => ({ type: 'prepare', id, value }));
      await ask((id) => ({ type: 'commit', id }));
    },
    worker() {
      const self = createSelfMetrics();
      selves.push(self);
      const link = createEgressLink(self);
      const channel = new MessageChannel();
      post({ type: 'attach', port: channel.port1 }, [channel.port1]);
      link.attach(channel.port2);
      return {
        link,
        async die() {
          const gone = once(channel.port2, 'close');
          channel.port2.close();
          await gone;
        },
      };
    },
    connect(link) {
      const channel = new MessageChannel();
      post({ type: 'attach', port: channel.port1 }, [channel.port1]);
      link.attach(channel.port2);
    },
    retain: (systems) => post({ type: 'retain', systems }),
    counts: (system) => alerts.get(system),
    count: (name, ...labels) => valueOf(name, labels),
    queuedBytes: () =>
      WAITING.reduce((sum, signal) => sum + valueOf('delfin_otlp_queue_bytes', [signal]), 0),
    waiting() {
      const numbers = new Int32Array(waiting);
      return { metrics: numbers[0] ?? 0, logs: numbers[1] ?? 0 };
    },
    async close(deadlineMs) {
      if (isClosed) return;
      post({ type: 'close', deadlineMs });
      await closed.promise;
      port1.close();
    },
    [Symbol.asyncDispose]: () => egress.close(0),
  };
  return egress;
}

/** Waits until nothing of the signal waits. */
export function drained(egress: TestEgress, timeoutMs?: number): Promise<true> {
  return eventually(
    'the queue to be empty',
    () => {
      const { metrics, logs } = egress.waiting();
      return metrics + logs === 0 ? true : undefined;
    },
    timeoutMs,
  );
}
