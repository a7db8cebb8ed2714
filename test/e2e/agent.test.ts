/** The agent as a process, with the made-up array: what it promises when things go wrong. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  runAgent,
  startAgent,
  workspace,
  type RunningAgent,
  type Workspace,
} from '../kit/agent.ts';
import { parseExposition, valueOf } from '../kit/exposition.ts';
import { eventually } from '../kit/ports.ts';
import { hasProgram, promtoolComplaints } from '../kit/programs.ts';

const PASSWORD = 'c4nary-S3cret!pw';
const withPromtool = hasProgram('promtool');

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

let files = 0;
function configure(content: string): string {
  files += 1;
  return space.write(`config-${files}.yaml`, content);
}

/** A backend of the made-up array, quick enough for a test. */
function fake(name: string, options = '', more = ''): string {
  return `  - { name: ${JSON.stringify(name)}, vendor: fake_storage, model: fake_driver, inventory: { interval: 1s }, performance: { interval: 1s }, alerts: { interval: 1s }, fake: { sample_interval: 1, serial_number: ${JSON.stringify(`S-${name}`)}, ${options} } ${more} }\n`;
}

async function samplesOf(agent: RunningAgent, path = '/metrics') {
  const { status, text } = await agent.get(path);
  expect(status).toBe(200);
  return parseExposition(text);
}

/** Waits for a value on the page. */
function value(
  agent: RunningAgent,
  name: string,
  labels: Record<string, string>,
  wanted: (value: number | undefined) => boolean,
) {
  return eventually(`${name} ${JSON.stringify(labels)}`, async () => {
    const found = valueOf(await samplesOf(agent), name, labels);
    return wanted(found) ? true : undefined;
  });
}

const system = (name: string) => ({ storage_system_name: name });

describe('the agent', () => {
  it('prints one round with --once', async () => {
    const { code, stdout } = await runAgent([
      'run',
      '--once',
      '--config.file',
      configure(`workers: 0\nbackends:\n${fake('a')}`),
    ]);
    expect(code).toBe(0);
    const samples = parseExposition(stdout);
    expect(valueOf(samples, 'storage_system_up', system('a'))).toBe(1);
    expect(samples.some(({ name }) => name === 'storage_volume_latency_seconds')).toBe(true);
    expect(
      valueOf(samples, 'delfin_collection_runs_total', {
        ...system('a'),
        delfin_collection_kind: 'inventory',
      }),
    ).toBe(1);
  });

  it.each(['auto', '0'])('serves all its pages, with workers: %s', async (workers) => {
    await using agent = await startAgent(
      configure(
        `workers: ${workers}\nbackends:\n${fake('a', 'password: "${env:PW}"')}${fake('b')}`,
      ),
      {
        env: { PW: PASSWORD },
        args: ['--log.level', 'debug'],
      },
    );
    await agent.ready();
    const all = await samplesOf(agent);
    expect(new Set(all.flatMap(({ labels }) => labels['storage_system_name'] ?? []))).toEqual(
      new Set(['a', 'b']),
    );
    for (const path of ['/metrics?system=a', '/probe?target=a']) {
      const one = await samplesOf(agent, path);
      expect(new Set(one.map(({ labels }) => labels['storage_system_name']))).toEqual(
        new Set(['a']),
      );
    }
    expect((await agent.get('/metrics?system=c')).status).toBe(404);
    const { headers } = await agent.get('/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(JSON.parse((await agent.get('/sd')).text)).toHaveLength(2);
    expect((await agent.get('/')).text).toContain('2 of 2 arrays up');
    const config = (await agent.get('/config')).text;
    expect(config).toContain('password: "***"');
    const pages = await Promise.all(
      ['/', '/config', '/api/v1/status', '/metrics', '/sd'].map((path) => agent.get(path)),
    );
    expect(JSON.stringify(pages) + agent.output()).not.toContain(PASSWORD);
  });

  it.skipIf(!withPromtool)(
    'keeps the page valid whatever an array says, and counts what it drops',
    async () => {
      const name = 'bad "name" \\ ümläut';
      await using agent = await startAgent(
        configure(
          `backends:\n${fake(name, 'odd_names: true, volumes: 5, fail: { malformed: [volumes, ports, disks], lists: [controllers] }')}`,
        ),
      );
      await agent.ready();
      const errors = {
        ...system(name),
        delfin_collection_kind: 'inventory',
        error_type: 'backend',
      };
      const counted = [
        ['storage_system_up', system(name)],
        ['delfin_collection_errors_total', errors],
        ...['invalid_record', 'invalid_field', 'duplicate', 'unknown_value'].map(
          (reason) =>
            ['delfin_series_dropped_total', { ...system(name), delfin_reason: reason }] as const,
        ),
      ] as const;
      for (const [family, labels] of counted)
        await value(agent, family, labels, (found) => (found ?? 0) > 0);
      const { text } = await agent.get('/metrics');
      expect(promtoolComplaints(text)).toEqual([]);
      const samples = parseExposition(text);
      expect(samples.filter((sample) => sample.name === 'storage_volume_info')).toHaveLength(8);
      const longest = Math.max(
        ...samples.flatMap(({ labels }) =>
          Object.values(labels).map((label) => Buffer.byteLength(label)),
        ),
      );
      expect(longest).toBe(1_024);
    },
  );

  it('drops a volume that is gone, with its performance', async () => {
    const goneAt = Date.now() + 20_000;
    await using agent = await startAgent(
      configure(`backends:\n${fake('a', `volumes: 3, drop_last_volume_after: ${goneAt}`)}`),
    );
    await agent.ready();
    const last = { ...system('a'), storage_volume_id: 'volume_2' };
    expect(valueOf(await samplesOf(agent), 'storage_volume_info', last)).toBe(1);
    await value(agent, 'storage_volume_info', last, (found) => found === undefined);
    const samples = await samplesOf(agent);
    expect(valueOf(samples, 'storage_system_up', system('go'))).toBeUndefined();
    expect(samples.filter(({ labels }) => labels['storage_volume_id'] === 'volume_2')).toEqual([]);
    expect(
      valueOf(samples, 'storage_volume_info', { ...system('a'), storage_volume_id: 'volume_1' }),
    ).toBe(1);
  });

  it.each([
    ['spins', 'spin: [volumes]'],
    ['fills its heap', 'exhaust_memory: [volumes]'],
  ])('goes on when a driver %s', async (_what, fault) => {
    await using agent = await startAgent(
      configure(
        `workers: 2\nworker_heap: 96MiB\nbackends:\n${fake('good')}${fake('bad', `fail: { ${fault} }`)}`,
      ),
    );
    await value(agent, 'storage_system_up', system('good'), (found) => found === 1);
    await value(agent, 'storage_system_up', system('bad'), (found) => found === 0);
    await value(agent, 'delfin_worker_restarts_total', {}, (found) => (found ?? 0) > 0);
    expect(valueOf(await samplesOf(agent), 'storage_system_up', system('good'))).toBe(1);
    // The worker comes back: its backend is tried again.
    await value(agent, 'delfin_worker_restarts_total', {}, (found) => (found ?? 0) > 1);
  });

  it('tries a refused login once', async () => {
    await using agent = await startAgent(
      configure(`backends:\n${fake('a', 'password: wrong')}${fake('b')}`),
    );
    await agent.ready();
    await value(
      agent,
      'delfin_collection_runs_total',
      { ...system('b'), delfin_collection_kind: 'inventory' },
      (found) => (found ?? 0) > 3,
    );
    const samples = await samplesOf(agent);
    const runs = samples.filter(
      ({ name, labels }) =>
        name === 'delfin_collection_errors_total' && labels['storage_system_name'] === 'a',
    );
    expect(runs.map(({ labels }) => labels['error_type'])).toContain('authentication');
    // The three kinds share one login.
    for (const run of runs) expect(run.value).toBe(1);
    expect(valueOf(samples, 'storage_system_up', system('a'))).toBe(0);
  });

  it('reloads: what changed, what went, what came; a bad file changes nothing', async () => {
    const file = configure(`backends:\n${fake('keep')}${fake('go')}`);
    await using agent = await startAgent(file);
    await agent.ready();
    const runs = { ...system('keep'), delfin_collection_kind: 'inventory' };
    const before = valueOf(await samplesOf(agent), 'delfin_collection_runs_total', runs) ?? 0;
    const name = `config-${files}.yaml`;
    space.write(name, `backends:\n${fake('keep')}${fake('come')}`);
    agent.process.kill('SIGHUP');
    await value(agent, 'storage_system_up', system('come'), (found) => found === 1);
    // What goes is there until it is silent.
    await value(agent, 'storage_system_up', system('go'), (found) => found === undefined);
    const samples = await samplesOf(agent);
    expect(valueOf(samples, 'delfin_collection_runs_total', runs)).toBeGreaterThanOrEqual(before);

    space.write(name, 'backends: [{ name: x }]\n');
    const refused = await agent.get('/-/reload', { method: 'POST' });
    expect([refused.status, refused.text]).toEqual([
      400,
      expect.stringContaining(`${name}:1:12: missing key "vendor"`),
    ]);
    await value(agent, 'delfin_config_last_reload_successful', {}, (found) => found === 0);
    expect(valueOf(await samplesOf(agent), 'storage_system_up', system('keep'))).toBe(1);
    expect((await agent.get('/-/reload')).status).toBe(405);
  });

  it('stops in the middle of a collection', async () => {
    const agent = await startAgent(
      configure(`backends:\n${fake('a')}${fake('b', 'fail: { hang: [volumes] }')}`),
    );
    await value(agent, 'storage_system_up', system('a'), (found) => found === 1);
    agent.process.kill('SIGTERM');
    expect(await agent.exited).toBe(0);
  });

  it('refuses to start on a taken address or a bad configuration', async () => {
    await using agent = await startAgent(configure(`backends:\n${fake('a')}`));
    const taken = agent.url.replace('http://', '');
    const second = await runAgent([
      'run',
      '--config.file',
      configure(`backends:\n${fake('a')}`),
      '--web.listen-address',
      taken,
    ]);
    expect([second.code, second.stderr]).toEqual([
      1,
      expect.stringContaining(`cannot listen on ${taken}: EADDRINUSE`),
    ]);
    const bad = await runAgent(['run', '--config.file', configure('backends: []\n')]);
    expect([bad.code, bad.stderr]).toEqual([
      1,
      expect.stringContaining('no backends (list at least one array)'),
    ]);
  });

  it('says when two backends are one array', async () => {
    await using agent = await startAgent(
      configure(`backends:\n${fake('a').replace('S-a', 'S-1')}${fake('b').replace('S-b', 'S-1')}`),
    );
    await agent.ready();
    expect(JSON.parse((await agent.get('/api/v1/status')).text)).toMatchObject({
      warnings: [expect.stringMatching(/a and b are the same array .*S-1/)],
    });
    const error = { ...system('b'), error_type: 'duplicate_array' };
    await value(agent, 'delfin_collection_errors_total', error, (found) => found === 1);
    expect((await agent.get('/-/ready')).text).toMatch(/a and b are the same array .*S-1/);
    // Both are read: which of two addresses goes on to answer nobody knows. No series is there twice.
    const series = (await samplesOf(agent)).map(({ name, labels }) =>
      JSON.stringify([name, labels]),
    );
    expect(new Set(series).size).toBe(series.length);
    expect(agent.output().match(/a and b are the same array/g)).toHaveLength(1);
  });

  it('scrapes the sample driver of the developer guide as a third-party module', async () => {
    const sample = resolve(import.meta.dirname, '../../docs/sample-driver.ts');
    await using agent = await startAgent(
      configure(
        `drivers: ["${sample}"]\nbackends: [{ name: s, vendor: sample_vendor, model: sample_model }]\n`,
      ),
    );
    await agent.ready();
    const measured = 'storage_system_throughput_bytes_per_second';
    await value(agent, measured, system('s'), (found) => found === 75_637_000);
    const samples = await samplesOf(agent);
    expect(valueOf(samples, 'storage_system_up', system('s'))).toBe(1);
    expect(samples.filter(({ name }) => name === 'storage_volume_info')).toHaveLength(3);
  });

  it('gives each backend to exactly one shard', async () => {
    const config = configure(
      `workers: 0\nbackends:\n${['a', 'b', 'c', 'd'].map((name) => fake(name)).join('')}`,
    );
    const shards = await Promise.all(
      [0, 1].map((index) =>
        runAgent([
          'run',
          '--once',
          '--config.file',
          config,
          '--shard.index',
          String(index),
          '--shard.total',
          '2',
        ]),
      ),
    );
    const systems = shards.map(({ stdout }) =>
      parseExposition(stdout)
        .filter(({ name }) => name === 'storage_system_up')
        .map(({ labels }) => labels['storage_system_name']),
    );
    expect(systems.flat().sort()).toEqual(['a', 'b', 'c', 'd']);
  });
});
