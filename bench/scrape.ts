/** What a scrape of 300,000 series costs while they are being polled, beside two libraries. */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, freePort } from '../test/kit/ports.ts';
import { scrape, type Scrape } from './kit/client.ts';
import { largeConfig, SERIES } from './kit/data.ts';
import { measure, measureAgent, type Measured } from './kit/process.ts';
import { median, print, type Figure } from './kit/report.ts';
import { runsOf } from './kit/runs.ts';

const SCRAPES = 20;
const PAUSE_MS = 100;
const PEER_SCRAPES = 2;
const PARALLEL = 50;

interface Series {
  readonly latencyMs: number;
  readonly cpuMs: number;
  readonly bytes: number;
}

/** One after the other. */
async function oneByOne(server: Measured, gzip: boolean, count: number): Promise<Series> {
  await scrape(server.port, { gzip });
  const scrapes: Scrape[] = [];
  let cpuMs = 0;
  for (let done = 0; done < count; done += 1) {
    const before = await server.read();
    scrapes.push(await scrape(server.port, { gzip }));
    const after = await server.read();
    cpuMs += after.cpuMs - before.cpuMs;
    // Spread over several polls.
    await sleep(PAUSE_MS);
  }
  return {
    latencyMs: median(scrapes.map(({ ms }) => ms)),
    cpuMs: cpuMs / count,
    bytes: median(scrapes.map(({ bytes }) => bytes)),
  };
}

async function atOnce(server: Measured, gzip: boolean) {
  const resident = server.residentMb();
  server.resetPeak();
  await server.read();
  const started = performance.now();
  const all = await Promise.all(
    Array.from({ length: PARALLEL }, () => scrape(server.port, { gzip })),
  );
  const seconds = (performance.now() - started) / 1_000;
  const { stallMs } = await server.read();
  const failed = all.filter(({ status }) => status !== 200).length;
  return { seconds, stallMs, failed, grownMb: server.residentMb(true) - resident };
}

async function ours(): Promise<{ figures: Figure[]; gzip: Series; plain: Series }> {
  await using agent = await measureAgent(largeConfig({ workers: 1, interval: 1 }));
  // It is ready with the first answer, which is before the first poll.
  await eventually(
    'all series',
    async () => (await runsOf(agent.port)).series >= SERIES || undefined,
  );
  const gzip = await oneByOne(agent, true, SCRAPES);
  const plain = await oneByOne(agent, false, SCRAPES);
  const manyGzip = await atOnce(agent, true);
  const manyPlain = await atOnce(agent, false);
  const figures: Figure[] = [
    { what: 'gzip: processor time of the main thread', value: gzip.cpuMs, unit: 'ms', goal: 5 },
    { what: 'gzip: median latency', value: gzip.latencyMs, unit: 'ms', goal: 25 },
    { what: 'gzip: page', value: gzip.bytes / 1e6, unit: 'MB' },
    { what: 'plain: processor time of the main thread', value: plain.cpuMs, unit: 'ms' },
    { what: 'plain: median latency', value: plain.latencyMs, unit: 'ms', goal: 150 },
    { what: 'plain: page', value: plain.bytes / 1e6, unit: 'MB' },
    ...[
      { coding: 'gzip', many: manyGzip, goal: 0.5 },
      { coding: 'plain', many: manyPlain, goal: 3 },
    ].flatMap(({ coding, many, goal }): Figure[] => [
      { what: `${PARALLEL} at once, ${coding}: all done`, value: many.seconds, unit: 's', goal },
      {
        what: `${PARALLEL} at once, ${coding}: longest stall`,
        value: many.stallMs,
        unit: 'ms',
        goal: 150,
      },
      {
        what: `${PARALLEL} at once, ${coding}: memory`,
        value: many.grownMb,
        unit: 'MB',
        goal: 100,
      },
      { what: `${PARALLEL} at once, ${coding}: failed`, value: many.failed, unit: '', goal: 0 },
    ]),
  ];
  return { figures, gzip, plain };
}

async function peer(program: string): Promise<Series> {
  const port = await freePort();
  await using server = await measure({
    program: new URL(program, import.meta.url).pathname,
    args: [String(port)],
    port,
    ready: async () => (await scrape(port)).status === 200,
  });
  return await oneByOne(server, false, PEER_SCRAPES);
}

const { figures, gzip, plain } = await ours();
const otel = await peer('./peer-otel.ts');
const promClient = await peer('./peer-prom-client.ts');
print('Scrape of 20,000 volumes x 15 measures while a poll of the same size runs', [
  ...figures,
  ...[
    {
      name: 'OpenTelemetry SDK + PrometheusExporter',
      cost: otel,
      goal: { goal: 10, atLeast: true },
    },
    { name: 'prom-client', cost: promClient, goal: {} },
  ].flatMap(({ name, cost, goal }): Figure[] => [
    { what: `${name}: processor time`, value: cost.cpuMs, unit: 'ms' },
    { what: `${name}: median latency`, value: cost.latencyMs, unit: 'ms' },
    { what: `${name}: times our gzip scrape`, value: cost.cpuMs / gzip.cpuMs, unit: 'x', ...goal },
    { what: `${name}: times our plain scrape`, value: cost.cpuMs / plain.cpuMs, unit: 'x' },
  ]),
]);
