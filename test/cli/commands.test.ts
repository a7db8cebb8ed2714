import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAgent, workspace, type Workspace } from '../kit/agent.ts';

const PASSWORD = 'c4nary-S3cret!pw';
let space: Workspace;
let config = '';

beforeAll(() => {
  space = workspace();
  config = space.write(
    'config.yaml',
    `backends:
  - name: good
    vendor: fake_storage
    model: fake_driver
    fake: { seed: 7, volumes: 3, password: "\${env:FAKE_PASSWORD}" }
  - name: ailing
    vendor: fake_storage
    model: fake_driver
    fake: { volumes: 3, fail: { lists: [ports], unsupported: [qtrees], malformed: [volumes] } }
  - name: refused
    vendor: fake_storage
    model: fake_driver
    fake: { password: wrong }
`,
  );
});
afterAll(() => space[Symbol.dispose]());

const run = (...args: string[]) =>
  runAgent([...args, '--config.file', config], { FAKE_PASSWORD: PASSWORD });

describe('inspect', () => {
  it('prints one JSON document with everything the array offers', async () => {
    const { code, stdout, stderr } = await run('inspect', 'good', '--format', 'json');
    expect([code, stderr]).toEqual([0, '']);
    const document = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(document)).toEqual([
      'backend', 'vendor', 'model', 'capabilities', 'storage', 'storage_pools', 'volumes', 'controllers', 'ports',
      'disks', 'quotas', 'filesystems', 'qtrees', 'shares', 'storage_host_initiators', 'storage_hosts',
      'storage_host_groups', 'port_groups', 'volume_groups', 'masking_views', 'components', 'replications', 'alerts', 'performance', 'problems',
      'requests',
    ]); // prettier-ignore
    expect(document['storage']).toMatchObject({ serial_number: 'FAKE-000007', storage_id: 'good' });
    expect(document['volumes']).toHaveLength(3);
    expect(document['storage_host_groups']).toMatchObject({
      storage_host_groups: expect.any(Array),
      storage_host_grp_host_rels: expect.any(Array),
    });
    const [first] = document['performance'] as { unit: string; values: object }[];
    expect(first).toMatchObject({
      name: 'iops',
      resource_type: 'storage',
      resource_id: 'good',
      unit: '{operation}/s',
    });
    expect(document['problems']).toEqual([]);
  });

  it('asks for a part and a window', async () => {
    const start = 1_790_000_000_000;
    const { stdout } = await run(
      'inspect', 'good', '--format', 'json', '--only', 'volumes,performance', '--start', String(start), '--end', String(start + 20_000),
    ); // prettier-ignore
    const document = JSON.parse(stdout) as { performance: { values: object }[] };
    expect(Object.keys(document)).toEqual([
      'backend',
      'vendor',
      'model',
      'volumes',
      'performance',
      'problems',
      'requests',
    ]);
    for (const { values } of document.performance) {
      expect(Object.keys(values).map(Number)).toEqual([start, start + 10_000, start + 20_000]);
    }
    const wrong = await run('inspect', 'good', '--only', 'volume');
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('no part "volume"')]);
  });

  it('goes on where a list fails, and says so', async () => {
    const { code, stdout } = await run('inspect', 'ailing', '--format', 'json');
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as Record<string, unknown> & {
      problems: { call: string; error_type: string }[];
    };
    expect(document.problems.map(({ call, error_type }) => [call, error_type])).toEqual(
      expect.arrayContaining([
        ['listPorts', 'backend'],
        ['listQtrees', 'not_supported'],
      ]),
    );
    expect(document['ports']).toBeUndefined();
    expect(document['volumes']).toHaveLength(6);
    expect(document['disks']).toHaveLength(18);
  });

  it('exits 1 with one clear line when the array cannot be opened', async () => {
    const { code, stdout, stderr } = await run('inspect', 'refused', '--format', 'json');
    expect(code).toBe(1);
    expect(stderr).toBe('refused: fake array: login refused for user admin\n');
    expect(JSON.parse(stdout)).toMatchObject({ problems: [{ error_type: 'authentication' }] });
    const unknown = await run('inspect', 'goood');
    expect(unknown.stderr).toBe('no backend "goood" in the configuration (did you mean "good"?)\n');
  });

  it('prints tables for people', async () => {
    const { stdout } = await run('inspect', 'good', '--only', 'storage,volumes');
    expect(stdout).toMatch(/serial_number\s+FAKE-000007/);
    expect(stdout).toMatch(/volumes: 3\n\s+volume_id\s+name/);
  });
});

describe('other commands', () => {
  it('check says ok, or every mistake, and exits 1', async () => {
    expect(await run('check')).toMatchObject({ code: 0, stdout: `${config}: ok, 3 backends\n` });
    const bad = space.write('bad.yaml', 'lisen: x\nbackends: [{ name: a }]\n');
    const result = await runAgent(['check', '--config.file', bad]);
    expect(result.code).toBe(1);
    expect(result.stderr.split('\n').filter(Boolean)).toEqual([
      `${bad}:1:1: unknown key "lisen" (did you mean listen?)`,
      `${bad}:2:12: missing key "vendor" (First word of the driver key)`,
      `${bad}:2:12: missing key "model" (Second word of the driver key)`,
    ]);
  });

  it('alerts list and clear', async () => {
    const listed = await run('alerts', 'list', 'good', '--format', 'json');
    const alerts = JSON.parse(listed.stdout) as { sequence_number: string }[];
    expect(alerts.length).toBeGreaterThan(0);
    const cleared = await run('alerts', 'clear', 'good', '100', '101');
    expect(cleared).toMatchObject({ code: 0, stdout: '100: cleared\n101: cleared\n' });
  });

  it('tells what one driver offers and measures, and which name was meant', async () => {
    const one = await runAgent(['drivers', 'list', 'huawei', 'oceanstor', '--format', 'json']);
    expect([one.code, one.stderr]).toEqual([0, '']);
    expect(JSON.parse(one.stdout)).toMatchObject({
      keys: ['huawei oceanstor'],
      methods: expect.arrayContaining(['listComponents', 'listReplications', 'listAlerts']),
      traps: true,
      performance: { volume: { readIops: 'IOPS' } },
    });
    const wrong = await runAgent(['drivers', 'list', 'huawei', 'oceanstore']);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('did you mean "huawei oceanstor"?');
  });

  it('drivers list, test and new', async () => {
    const listed = await runAgent(['drivers', 'list', '--format', 'json']);
    const keys = (JSON.parse(listed.stdout) as { vendor: string; model: string }[]).map(
      ({ vendor, model }) => `${vendor} ${model}`,
    );
    expect(keys).toContain('fake_storage fake_driver');
    const tested = await run('drivers', 'test', 'ailing');
    expect(tested.code).toBe(1);
    expect(tested.stdout).toContain(
      'failed_call: listPorts is backend: fake array: ports failed as configured',
    );
    expect(tested.stdout).toMatch(/missing_id: listVolumes\[\d+\]\.native_volume_id; expected/);
    expect(tested.stdout).toMatch(/ok {6}collectPerfMetrics: [1-9]\d* samples of [1-9]\d* series/);
    const made = await runAgent(['drivers', 'new', 'acme', 'x1', join(space.folder, 'x1')]);
    expect([made.code, made.stderr]).toEqual([0, '']);
    const own = space.write(
      'own.yaml',
      'drivers: [./x1/src/driver.ts]\nbackends: [{ name: a, vendor: acme, model: x1, rest: { host: 192.0.2.1, username: u, password: p } }]\n',
    );
    expect((await runAgent(['check', '--config.file', own])).stderr).toBe('');
  });

  it('drivers test says what is wrong with samples', async () => {
    space.write(
      'wrong.mjs',
      `const unit = (unit) => ({ is_historic: false, resource_metrics: { volume: { iops: { unit } } } });
const driver = (model, collectPerfMetrics) => ({
  vendor: 'wrong', model, title: 'w', access: { type: 'object', properties: {} },
  capabilities: () => unit('IOPS'),
  open: async () => ({
    getStorage: async () => ({}), listStoragePools: async () => [], listVolumes: async () => [],
    collectPerfMetrics, close: async () => {},
  }),
});
const labels = { storage_id: 's', resource_type: 'volume', resource_id: 'v', type: 'RAW', unit: 'MB/s' };
export default [
  driver('unit', async () => [{ name: 'iops', labels, values: { [Date.now()]: 1 } }]),
  driver('throws', async () => { throw new Error('no samples today'); }),
];
`,
    );
    const own = space.write(
      'wrong.yaml',
      `drivers: [./wrong.mjs]
backends:
  - { name: unit, vendor: wrong, model: unit }
  - { name: throws, vendor: wrong, model: throws }
`,
    );
    const test = (name: string) => runAgent(['drivers', 'test', name, '--config.file', own]);
    const unit = await test('unit');
    expect(unit.stdout).toMatch(
      /wrong_unit: collectPerfMetrics\[0\]\.volume\.iops is "MB\/s"; .*IOPS/,
    );
    const throws = await test('throws');
    expect(throws.stdout).toMatch(
      /failed_call: collectPerfMetrics is internal: no samples today \(at .*wrong\.mjs/,
    );
    expect([unit.code, throws.code]).toEqual([1, 1]);
  });

  it('schema is the JSON Schema of the configuration with every driver', async () => {
    const { stdout } = await runAgent(['schema']);
    const schema = JSON.parse(stdout) as {
      properties: { backends: { items: { allOf: unknown[] } } };
    };
    expect(schema.properties.backends.items.allOf.length).toBeGreaterThan(1);
  });

  it('never shows a password', async () => {
    const outputs = await Promise.all([
      run('inspect', 'good', '--format', 'json', '--log.level', 'debug'),
      run('inspect', 'good'),
      run('check', '--log.level', 'debug'),
      run('drivers', 'test', 'good', '--log.level', 'debug'),
    ]);
    expect(JSON.stringify(outputs)).not.toContain(PASSWORD);
  });
});
