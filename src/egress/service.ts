/**
 * The egress: one queue for what leaves the agent, the alert outputs, the trackers of all arrays.
 * It runs apart from drivers, in a thread of its own, and takes over what the workers hand it.
 */
import type { MessagePort } from 'node:worker_threads';
import { wrapSecrets } from '../config/secrets.ts';
import { ConfigSchema, type Config } from '../config/schema.ts';
import type { Log } from '../driver/driver.ts';
import { messageOf } from '../driver/message.ts';
import type { Prepared } from '../prepared.ts';
import type { Marks } from '../telemetry/otlp/gather.ts';
import { createSelfMetrics } from '../telemetry/self.ts';
import {
  WAITING,
  type FromEgress,
  type FromService,
  type HandedBatch,
  type ToEgress,
  type ToService,
} from './messages.ts';
import { createEgressOutputs } from './outputs.ts';
import { createTrackers } from './trackers.ts';

const SELF_INTERVAL_MS = 1_000;

export interface ServiceOptions {
  readonly log: Log;
  /** Two numbers: what waits, in the order of WAITING. */
  readonly waiting: SharedArrayBuffer;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** First wait after a failed export; tests shorten it. */
  readonly firstRetryMs?: number;
}

/** Serves the main thread at the other end of `control`; returns when it is told to close. */
export function serveEgress(control: MessagePort, options: ServiceOptions): void {
  const { log } = options;
  const self = createSelfMetrics();
  const post = (message: FromService) => control.postMessage(message);
  const waiting = new Int32Array(options.waiting);
  const outputs = createEgressOutputs({
    ...options,
    env: options.env ?? process.env,
    self,
    onWaiting: (signal, items) => void Atomics.store(waiting, WAITING.indexOf(signal), items),
    onFailing: (signal, failure) => post({ type: 'export', signal, ...(failure && { failure }) }),
    onOwnDue: () => post({ type: 'own' }),
  });
  const trackers = createTrackers({
    log,
    self,
    output: () => outputs.alerts,
    onCounts: (system, counts) => post({ type: 'counts', system, counts }),
  });
  const postSelf = () => post({ type: 'self', counts: self.counts() });
  const timer = setInterval(postSelf, SELF_INTERVAL_MS);
  timer.unref();
  /** Configurations are applied one after the other. */
  let applying: Promise<void> = Promise.resolve();
  let prepared: Prepared | undefined;

  function take(batch: HandedBatch): void {
    const queue = outputs[batch.signal];
    if (queue) return queue.add(batch.body, batch.items, batch.protocol);
    self.add('delfin_otlp_dropped_items_total', [batch.signal, 'shutdown'], batch.items);
  }

  /** Not before the samples are safe: what is lost with this process is to be read again. */
  async function keepMark(system: string, marks: Marks): Promise<void> {
    if (await outputs.metrics?.stored()) outputs.marks.set(system, marks);
  }

  function attach(port: MessagePort): void {
    /** Samples that this worker has and has not handed over. */
    let due = 0;
    const tell = (message: FromEgress) => port.postMessage(message);
    port.on('message', (message: ToEgress) => {
      switch (message.type) {
        case 'array': {
          const { array } = message;
          tell({ type: 'marks', system: array.name, marks: outputs.marks.of(array.name) });
          return trackers.array(array, tell);
        }
        case 'storage':
          return trackers.storage(message.system, message.storage);
        case 'alerts':
          for (const word of message.words) trackers.say(word);
          trackers.tellChanged();
          return tell({ type: 'taken', id: message.id });
        case 'due':
          due += message.items;
          return;
        case 'mark':
          return void keepMark(message.system, message.marks);
        case 'batch':
          take(message);
          return tell({ type: 'taken', id: message.id });
      }
    });
    port.on('close', () => {
      if (due > 0) self.add('delfin_otlp_dropped_items_total', ['metrics', 'worker_lost'], due);
    });
    port.unref();
  }

  async function prepare(value: Readonly<Record<string, unknown>>): Promise<void> {
    const config = wrapSecrets(ConfigSchema, { ...value, backends: [] }) as Config;
    prepared = await outputs.prepare(config);
  }

  /** One after the other, each answered. */
  function answer(id: number, work: () => Promise<void>): void {
    const asked = async () => {
      try {
        await work();
        post({ type: 'done', id });
      } catch (error) {
        post({ type: 'done', id, error: messageOf(error) });
      }
    };
    applying = applying.then(asked);
  }

  async function sendOwn(counts: Extract<ToService, { type: 'own' }>['counts']): Promise<void> {
    try {
      await outputs.own?.send(counts);
    } catch (error) {
      log.error({ err: error }, 'own metrics could not be exported');
    }
  }

  async function close(deadlineMs: number): Promise<void> {
    clearInterval(timer);
    await applying;
    await outputs.flush(deadlineMs);
    await outputs.close();
    postSelf();
    post({ type: 'closed' });
    control.close();
  }

  control.on('message', (message: ToService) => {
    switch (message.type) {
      case 'prepare':
        answer(message.id, () => prepare(message.value));
        break;
      case 'commit':
        answer(message.id, async () => await prepared?.commit());
        break;
      case 'abort':
        answer(message.id, async () => await prepared?.abort());
        break;
      case 'attach':
        // Not before the first configuration: what is handed over has a place then.
        void applying.then(() => attach(message.port));
        break;
      case 'retain':
        trackers.retain(new Set(message.systems));
        break;
      case 'unknown':
        void applying.then(() => outputs.alerts?.unknown(message.trap, message.array));
        break;
      case 'active':
        post({ type: 'done', id: message.id, alerts: trackers.active(message.system) });
        break;
      case 'own':
        applying = applying.then(() => sendOwn(message.counts));
        break;
      case 'close':
        void close(message.deadlineMs);
        break;
    }
  });
}
