/** Export of 180,000 samples at each poll: what it costs, and that the main thread is not kept. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { largeConfig, MEASURES, VOLUMES } from './kit/data.ts';
import { measureAgent } from './kit/process.ts';
import { print } from './kit/report.ts';

const INTERVAL_S = 5;
const POLLS = 3;

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

async function pollsOf(port: number): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const runs = /^delfin_collection_runs_total\{[^}]*"performance"\} (\d+)$/m.exec(page)?.[1];
  return Number(runs ?? 0);
}

/** The cost of polls, with an export or without. */
async function costOf(otlp?: string) {
  const base = { workers: 1, interval: INTERVAL_S };
  await using agent = await measureAgent(largeConfig(otlp ? { ...base, otlp } : base));
  await sleep(INTERVAL_S * 1_000);
  const polls = await pollsOf(agent.port);
  const [main, all] = [await agent.read(), agent.allThreadsMs()];
  await sleep(POLLS * INTERVAL_S * 1_000);
  const after = await agent.read();
  const allMs = agent.allThreadsMs() - all;
  const done = Math.max(1, (await pollsOf(agent.port)) - polls);
  return {
    stallMs: after.stallMs,
    mainMs: (after.cpuMs - main.cpuMs) / done,
    allMs: allMs / done,
    residentMb: agent.residentMb(),
  };
}

const without = await costOf();
const sink = await startSink();
const withExport = await costOf(sink.endpoint);
sink.close();
const points = VOLUMES * MEASURES.length;
const batches = Math.ceil(points / 8_000);
print(`OTLP export of ${points.toLocaleString('en')} points at each poll (protobuf, gzip)`, [
  {
    what: 'longest stall of the main thread while polling and exporting',
    value: withExport.stallMs,
    unit: 'ms',
    goal: 150,
  },
  { what: 'the same without an export', value: without.stallMs, unit: 'ms' },
  {
    what: 'processor time of the main thread for an export',
    value: withExport.mainMs - without.mainMs,
    unit: 'ms',
    goal: 5,
  },
  {
    what: 'processor time of all threads for an export',
    value: withExport.allMs - without.allMs,
    unit: 'ms',
  },
  { what: 'processor time of all threads for a poll', value: without.allMs, unit: 'ms' },
  {
    what: 'bytes on the wire for an export',
    value: ((sink.taken.bytes / sink.taken.requests) * batches) / 1e6,
    unit: 'MB',
  },
  { what: 'exports', value: sink.taken.requests / batches, unit: '' },
  { what: 'resident memory', value: withExport.residentMb, unit: 'MB' },
]);
