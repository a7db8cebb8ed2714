/** Export of 300,000 samples at each poll: what it costs, and that the main thread is not kept. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '../test/kit/ports.ts';
import { scrape } from './kit/client.ts';
import { largeConfig, SERIES } from './kit/data.ts';
import { measure, measureAgent } from './kit/process.ts';
import { print } from './kit/report.ts';
import { pollsAfter } from './kit/runs.ts';

const INTERVAL_S = 10;
const POLLS = 6;
const PEER_EXPORTS = 2;

/** Takes everything, keeps nothing. */
function startSink() {
  const taken = { requests: 0, bytes: 0 };
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => (taken.bytes += chunk.length));
    request.on('end', () => {
      taken.requests += 1;
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  return new Promise<{ endpoint: string; taken: typeof taken; close(): void }>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ endpoint: `http://127.0.0.1:${port}`, taken, close: () => void server.close() });
    });
  });
}

interface Cost {
  readonly stallMs: number;
  readonly burstMs: number;
  readonly mainMs: number;
  readonly allMs: number;
  readonly residentMb: number;
}

/** The cost of polls, with an export or without. */
async function costOf(otlp?: string): Promise<Cost> {
  const base = { workers: 1, interval: INTERVAL_S };
  await using agent = await measureAgent(largeConfig(otlp ? { ...base, otlp } : base));
  // From the end of a poll to the end of a later one; exports of the last are under way.
  const polls = await pollsAfter(agent.port, (await pollsAfter(agent.port, 0)) + 2);
  const [main, all] = [await agent.read(), agent.allThreadsMs()];
  const done = (await pollsAfter(agent.port, polls + POLLS)) - polls;
  const after = await agent.read();
  const allMs = agent.allThreadsMs() - all;
  return {
    stallMs: after.stallMs,
    burstMs: after.burstMs,
    mainMs: (after.cpuMs - main.cpuMs) / done,
    allMs: allMs / done,
    residentMb: agent.residentMb(),
  };
}

/** What an export of the SDK costs, after one that compiles it. */
async function peerCost(endpoint: string): Promise<{ cpuMs: number; stallMs: number }> {
  const port = await freePort();
  await using peer = await measure({
    program: new URL('./peer-otlp.ts', import.meta.url).pathname,
    args: [String(port), endpoint],
    port,
    ready: async () => (await scrape(port)).status === 200,
  });
  await scrape(port, { path: '/export' });
  await peer.read();
  const before = peer.allThreadsMs();
  for (let done = 0; done < PEER_EXPORTS; done += 1) await scrape(port, { path: '/export' });
  const { stallMs } = await peer.read();
  return { cpuMs: (peer.allThreadsMs() - before) / PEER_EXPORTS, stallMs };
}

const without = await costOf();
const sink = await startSink();
const withExport = await costOf(sink.endpoint);
const { requests, bytes } = sink.taken;
const theirs = await peerCost(sink.endpoint);
sink.close();
const batches = Math.ceil(SERIES / 8_000);
const exportMs = withExport.allMs - without.allMs;
print(`OTLP export of ${SERIES.toLocaleString('en')} points at each poll (protobuf, gzip)`, [
  {
    what: 'most processor time of the main thread in a row, polling and exporting',
    value: withExport.burstMs,
    unit: 'ms',
    goal: 20,
  },
  { what: 'longest stall of the main thread', value: withExport.stallMs, unit: 'ms' },
  { what: 'the same without an export', value: without.stallMs, unit: 'ms' },
  {
    what: 'processor time of the main thread for an export',
    value: withExport.mainMs - without.mainMs,
    unit: 'ms',
    goal: 5,
  },
  { what: 'processor time of all threads for an export', value: exportMs, unit: 'ms' },
  { what: 'OpenTelemetry SDK and its exporter: the same', value: theirs.cpuMs, unit: 'ms' },
  {
    what: 'OpenTelemetry SDK: times ours',
    value: theirs.cpuMs / exportMs,
    unit: 'x',
    goal: 5,
    atLeast: true,
  },
  { what: 'OpenTelemetry SDK: longest stall', value: theirs.stallMs, unit: 'ms' },
  { what: 'processor time of all threads for a poll', value: without.allMs, unit: 'ms' },
  {
    what: 'bytes on the wire for an export',
    value: ((bytes / requests) * batches) / 1e6,
    unit: 'MB',
  },
  { what: 'resident memory', value: withExport.residentMb, unit: 'MB' },
]);
