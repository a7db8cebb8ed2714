/**
 * The measured process of `traps.ts`: traps from the socket to records, and, if the argument is
 * `export`, on to compressed batches in the queue of the OTLP export.
 */
import { parseFakeTrap } from '../drivers/fake_storage-fake_driver/alerts.ts';
import { createAlertTracker } from '../src/backend/alerts/tracker.ts';
import { checkRecord } from '../src/backend/validate.ts';
import { AlertSchema, type Alert } from '../src/driver/alerts.ts';
import { Secret } from '../src/driver/secret.ts';
import { createAlertOutput } from '../src/telemetry/logs/output.ts';
import { createSelfMetrics } from '../src/telemetry/self.ts';
import { startTraps } from '../src/traps/service.ts';
import { receiveTraps } from '../src/traps/worker.ts';
import { MessageChannel } from 'node:worker_threads';

const ARRAY = { name: 'array', vendor: 'fake_storage', model: 'fake_driver', labels: {} };
const exporting = process.argv[2] === 'export';
const log = { debug() {}, info() {}, warn() {}, error() {} };

const service = await startTraps({
  config: {
    listen: '127.0.0.1:0',
    communities: [new Secret('public')],
    users: [
      {
        name: 'sealed',
        auth: { protocol: 'sha', key: new Secret('authentic') },
        priv: { protocol: 'aes', key: new Secret('confident') },
      },
    ],
  },
  routes: [{ backend: ARRAY.name, sources: ['127.0.0.1'] }],
  log,
});
const output = await createAlertOutput({
  // Nobody listens there: the batches stay in the queue.
  config: exporting ? { otlp: { endpoint: 'http://127.0.0.1:9', queue: '1GiB' } } : {},
  log,
  self: createSelfMetrics(),
  agent: { version: 'bench' },
  env: {},
});
const tracker = createAlertTracker({
  system: ARRAY.name,
  onTransition: (transition) => {
    output.emit(transition, undefined, ARRAY);
    records += 1;
  },
});
let records = 0;
const { port1, port2 } = new MessageChannel();
receiveTraps(port2, (system, trap) => {
  const alert = checkRecord<Alert>(AlertSchema, 'alerts', parseFakeTrap(trap), system, () => {});
  tracker.trap(trap, alert ? [alert] : []);
});
service.attach([ARRAY.name], port1);

async function report(): Promise<void> {
  const { kernelDrops, cpuMicros } = await service.currentStats();
  const { user, system } = process.cpuUsage();
  process.send?.({ records, kernelDrops, receiverMicros: cpuMicros, micros: user + system });
}

process.on('message', () => void report());
process.send?.({ port: service.addresses[0]?.port });
