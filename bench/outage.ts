/** A Collector that is away for thirty rounds of 180,000 points, with 50 traps a second: what waits, what is lost, how long it takes to deliver. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAKE_TRAP, TRAP_FIELDS } from '../drivers/fake_storage-fake_driver/alerts.ts';
import { parseExposition } from '../test/kit/exposition.ts';
import { freeUdpPort } from '../test/kit/ports.ts';
import { community, notification, text } from '../test/traps/encode.ts';
import { largeConfig, MEASURES, VOLUMES } from './kit/data.ts';
import { measureAgent } from './kit/process.ts';
import { print } from './kit/report.ts';

/** A round is a minute of the goal's half hour. */
const ROUNDS = 30;
const INTERVAL_S = 2;
const TRAPS_PER_SECOND = 50;
/** What is not delivered by then is not. */
const PATIENCE_MS = 300_000;

/** Refuses everything until it is healed, then takes everything and keeps nothing. */
function startReceiver() {
  const state = { status: 503, bytes: 0 };
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => (state.bytes += chunk.length));
    request.on('end', () => {
      response.writeHead(state.status, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  return new Promise<{ endpoint: string; state: typeof state; close(): void }>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ endpoint: `http://127.0.0.1:${port}`, state, close: () => void server.close() });
    });
  });
}

function startTraps(port: number) {
  const socket = createSocket('udp4');
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    const fields = [
      [TRAP_FIELDS.alertId, `alert-${sent}`],
      [TRAP_FIELDS.severity, 'Major'],
      [TRAP_FIELDS.category, 'Event'],
    ] as const;
    const varbinds = fields.map(([oid, value]) => ({ oid: `${oid}.0`, value: text(value) }));
    const pdu = notification(FAKE_TRAP, varbinds, { requestId: sent, uptime: sent });
    socket.send(community(1, 'bench', pdu), port, '127.0.0.1');
  }, 1_000 / TRAPS_PER_SECOND);
  return {
    sent: () => sent,
    stop() {
      clearInterval(timer);
      socket.close();
    },
  };
}

const receiver = await startReceiver();
const trapPort = await freeUdpPort();
const config = JSON.parse(
  largeConfig({ workers: 1, interval: INTERVAL_S, otlp: receiver.endpoint }),
) as { backends: Record<string, unknown>[] };
for (const backend of config.backends)
  backend['alerts'] = { interval: '1h', trap_sources: ['127.0.0.1'] };
const traps = { listen: `127.0.0.1:${trapPort}`, communities: ['bench'] };
await using agent = await measureAgent(JSON.stringify({ ...config, traps }));

async function sumOf(name: string, ...values: string[]): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${agent.port}/metrics`)).text();
  return parseExposition(page)
    .filter((sample) => sample.name === name)
    .filter(({ labels }) => values.every((value) => Object.values(labels).includes(value)))
    .reduce((sum, { value }) => sum + value, 0);
}
const rounds = () => sumOf('delfin_collection_runs_total', 'performance');

const sender = startTraps(trapPort);
const first = await rounds();
while ((await rounds()) < first + ROUNDS) await sleep(500);
sender.stop();
// What was handed over last is counted a moment later.
await sleep(3_000);
const queueMb = (await sumOf('delfin_otlp_queue_bytes')) / 2 ** 20;
const lostMeanwhile = await sumOf('delfin_otlp_dropped_items_total');
const polled = (await rounds()) - first;
receiver.state.status = 200;
const healed = performance.now();
let before = Infinity;
// New rounds go on: it is drained when no more waits than one of them.
while (performance.now() - healed < PATIENCE_MS) {
  before = (await sumOf('delfin_otlp_queue_bytes')) / 2 ** 20;
  if (before < queueMb / ROUNDS) break;
  await sleep(100);
}
const drained = (performance.now() - healed) / 1_000;
await sleep(3_000);
print(
  `Collector away for ${polled} rounds of ${VOLUMES * MEASURES.length} points, ${sender.sent()} traps`,
  [
    { what: 'queue when it is back', value: queueMb, unit: 'MiB', goal: 128 },
    {
      what: 'points and records lost',
      value: lostMeanwhile + (await sumOf('delfin_otlp_dropped_items_total')),
      unit: '',
      goal: 0,
    },
    { what: 'alerts lost', value: await sumOf('delfin_alert_dropped_total'), unit: '', goal: 0 },
    {
      what: 'traps whose record arrived',
      value: ((await sumOf('delfin_otlp_exported_items_total', 'logs')) / sender.sent()) * 100,
      unit: '%',
      goal: 100,
      atLeast: true,
    },
    { what: 'time to deliver it', value: drained, unit: 's', goal: 60 },
  ],
);
receiver.close();
