/** The agent is killed in the middle of an outage: what it had queued arrives all the same. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openSpool } from '../../src/telemetry/otlp/spool.ts';
import { createSelfMetrics } from '../../src/telemetry/self.ts';
import { startAgent, workspace } from '../kit/agent.ts';
import { eventually } from '../kit/ports.ts';
import { startReceiver, type OtlpRequest } from '../kit/receiver.ts';
import { quietLog } from '../kit/snapshot.ts';

/** `TIME VOLUME` of the samples in requests, in their order. */
function samplesOf(bodies: readonly OtlpRequest[]): string[] {
  return bodies.flatMap(({ resourceMetrics = [] }) =>
    resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ name, gauge }) =>
          name === 'storage.volume.latency'
            ? (gauge?.dataPoints ?? []).map(({ timeUnixNano, attributes }) => {
                const id = attributes.find(({ key }) => key === 'storage.volume.id');
                return `${timeUnixNano} ${id?.value.stringValue}`;
              })
            : [],
        ),
      ),
    ),
  );
}

/** What the files of a folder hold, those with samples. */
async function onDisk(folder: string): Promise<string[][]> {
  const self = createSelfMetrics();
  const { found } = await openSpool({ folder, signal: 'metrics', log: quietLog, self });
  const samples: string[][] = [];
  for (const stored of found) {
    const content = await stored.read();
    if (!content) throw new Error(`${stored.path} is broken`);
    const body = content.compressed ? gunzipSync(content.body) : content.body;
    samples.push(samplesOf([JSON.parse(Buffer.from(body).toString('utf8')) as OtlpRequest]));
  }
  return samples.filter((some) => some.length > 0);
}

it('nothing is lost or out of order, and only what was under way comes twice', async () => {
  using space = workspace();
  await using receiver = await startReceiver();
  const folder = join(space.folder, 'queue');
  const config = space.write(
    'config.yaml',
    `otlp: { endpoint: "${receiver.endpoint}", protocol: http/json, timeout: 1m, queue_dir: queue }
backends:
  - { name: a, vendor: fake_storage, model: fake_driver, performance: { interval: 1s }, fake: { volumes: 2, sample_interval: 1 } }
`,
  );
  const files = () => readdirSync(folder).filter((name) => /^metrics.*otlp$/.test(name));

  const first = await startAgent(config);
  await eventually('samples that are known to be sent', () =>
    readdirSync(folder).some((name) => /^sent-.*json$/.test(name)) ? true : undefined,
  );
  receiver.always({ kind: 'status', status: 503 });
  await eventually('an outage', () => (files().length >= 2 ? true : undefined));
  // It takes one batch, and the agent is killed before it hears of that.
  const before = receiver.bodies().length;
  receiver.always({ kind: 'swallow' });
  await eventually('one under way', () => (receiver.bodies().length > before ? true : undefined));
  const queuing = files().length;
  await eventually('more behind it', () => (files().length > queuing ? true : undefined));
  first.process.kill('SIGKILL');
  await first.exited;
  const underWay = samplesOf(receiver.bodies().slice(before));
  const copy = join(space.folder, 'as-killed');
  cpSync(folder, copy, { recursive: true });
  const queued = await onDisk(copy);
  expect(queued.flat().length).toBeGreaterThan(0);

  receiver.always({ kind: 'take' });
  await using second = await startAgent(config);
  const restarted = BigInt(Date.now()) * 1_000_000n;
  const received = await eventually('samples of now', () => {
    const all = samplesOf(receiver.bodies());
    return all.some((sample) => BigInt(sample.split(' ')[0] ?? '') > restarted) ? all : undefined;
  });
  const once = [...new Set(received)];
  expect(queued.flat().filter((sample) => !once.includes(sample))).toEqual([]);
  // Of the newest file it may not have been noted yet that it is there.
  const excused = [...underWay, ...(queued.at(-1) ?? [])];
  const twice = received.filter((sample, at) => received.indexOf(sample) !== at);
  expect(twice.filter((sample) => !excused.includes(sample))).toEqual([]);
  for (const volume of ['volume_0', 'volume_1']) {
    const seconds = once.filter((sample) => sample.endsWith(volume)).map((s) => parseInt(s) / 1e9);
    expect(seconds).toEqual(seconds.map((_, at) => (seconds[0] ?? 0) + at));
  }
  expect(second.output()).not.toMatch(/level=error/);
}, 120_000);
