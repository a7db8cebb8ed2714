/** What is shipped beside the code. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runAgent, workspace } from './kit/agent.ts';
import { DASHBOARDS } from './kit/dashboards.ts';
import { eventually } from './kit/ports.ts';
import { hasProgram, startDaemon } from './kit/programs.ts';
import { SIMULATORS } from './simulators/all.ts';

const ROOT = resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const withSystemd = hasProgram('systemd-analyze');

describe('the systemd unit', () => {
  const unit = 'deploy/systemd/delfin-agent.service';

  it.skipIf(!withSystemd)('leaves little exposed', () => {
    const { stdout } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--no-pager', join(ROOT, unit)],
      { encoding: 'utf8' },
    );
    const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
    expect(exposure).toBeLessThanOrEqual(2.5);
  });

  it.skipIf(!withSystemd)('is a unit that systemd has nothing against', () => {
    using space = workspace();
    // Only the program is not where a package puts it.
    const file = space.write(
      'delfin-agent.service',
      read(unit).replace('/usr/bin/delfin-agent', process.execPath),
    );
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    });
    expect([
      status,
      (stdout + stderr).split('\n').filter((line) => line.includes('delfin')),
    ]).toEqual([0, []]);
  });
});

describe('containers', () => {
  it('the image of simulated arrays is a stage of its own: the agent has no code of tests', () => {
    const stages = read('Dockerfile')
      .split(/^FROM /m)
      .slice(1);
    const named = new Map(
      stages.map((stage) => [/ AS (\w+)/.exec(stage)?.[1] ?? 'default', stage]),
    );
    expect([...named.keys()]).toEqual(['dependencies', 'agent', 'arrays', 'default']);
    expect(named.get('arrays')).toMatch(/^agent AS arrays\n/);
    expect(named.get('agent')).not.toContain('test');
    expect(named.get('default')?.trim()).toBe('agent');
  });
});

describe('the compose file', () => {
  interface Service {
    readonly image?: string;
    readonly build?: { readonly context: string; readonly target: string };
    readonly command?: readonly string[];
    readonly volumes?: readonly string[];
  }
  const FOLDER = 'deploy/compose';
  const { services } = parse(read(`${FOLDER}/compose.yaml`)) as {
    services: Record<string, Service>;
  };
  const mounts = Object.entries(services).flatMap(([name, { volumes = [] }]) =>
    volumes.map((volume) => [name, ...volume.split(':')] as const),
  );
  /** File of the repository that a service has at this place. */
  const mountedAt = (service: string, place: string) => {
    const [, source = ''] =
      mounts.find(([name, , target]) => name === service && target === place) ?? [];
    return join(FOLDER, source);
  };

  it('has the agent, simulated arrays of four vendors and what stores and shows', () => {
    expect(Object.keys(services)).toEqual(['arrays', 'agent', 'prometheus', 'collector', 'loki', 'grafana']); // prettier-ignore
    const names = services['arrays']?.command?.slice(1) ?? [];
    expect(names.filter((name) => !SIMULATORS.includes(name))).toEqual([]);
    expect(new Set(names.map((name) => name.split('-')[0])).size).toBe(4);
  });

  it('names a version of every image, and a stage of the Dockerfile for what is built', () => {
    for (const [name, { image, build }] of Object.entries(services)) {
      if (build) expect(read('Dockerfile')).toContain(` AS ${build.target}\n`);
      else expect(image, name).toMatch(/:v?\d+\.\d+\.\d+$/);
    }
  });

  it('mounts what is there', () => {
    const files = mounts.filter(([, source]) => source?.startsWith('.'));
    expect(files.length).toBeGreaterThan(6);
    for (const [, source = ''] of files)
      expect(existsSync(join(ROOT, FOLDER, source)), source).toBe(true);
  });

  it('gives Grafana a source of each kind that dashboards choose from, and the dashboards', () => {
    const file = mountedAt('grafana', '/etc/grafana/provisioning/datasources/delfin.yaml');
    const { datasources } = parse(read(file)) as {
      datasources: { uid: string; type: string; url: string }[];
    };
    const wanted = DASHBOARDS.flatMap(([, { templating }]) =>
      templating.list.flatMap(({ type, query }) => (type === 'datasource' ? [query] : [])),
    );
    expect(new Set(datasources.map(({ type }) => type))).toEqual(new Set(wanted));
    for (const { url } of datasources)
      expect(Object.keys(services)).toContain(new URL(url).hostname);
    const provider = mountedAt('grafana', '/etc/grafana/provisioning/dashboards/delfin.yaml');
    const { providers } = parse(read(provider)) as { providers: { options: { path: string } }[] };
    const boards = mountedAt('grafana', providers[0]?.options.path ?? '');
    expect(existsSync(join(ROOT, boards, 'fleet.json'))).toBe(true);
  });

  it.skipIf(!hasProgram('promtool'))('gives Prometheus a configuration it takes', () => {
    using space = workspace();
    const rules = join(ROOT, mountedAt('prometheus', '/etc/prometheus/rules'));
    const config = read(mountedAt('prometheus', '/etc/prometheus/prometheus.yml'));
    const file = space.write('prometheus.yml', config.replace('/etc/prometheus/rules', rules));
    const { status, stdout } = spawnSync('promtool', ['check', 'config', file], { encoding: 'utf8' }); // prettier-ignore
    expect(stdout).toContain('2 rule files found');
    expect(status).toBe(0);
  });

  it('sends records of alerts on to Loki, whose source Grafana has', () => {
    const config = parse(read(mountedAt('collector', '/etc/otelcol/config.yaml'))) as {
      exporters: Record<string, { endpoint: string }>;
      service: { pipelines: { logs: { exporters: string[] } } };
    };
    const [exporter = ''] = config.service.pipelines.logs.exporters;
    expect(config.exporters[exporter]?.endpoint).toBe('http://loki:3100/otlp');
  });

  it('gives the agent its own configuration and that of the simulated arrays', async () => {
    using space = workspace();
    const simulated = join(space.folder, 'simulated.yaml');
    const arrays = join(ROOT, 'test/simulators/arrays.ts');
    const daemon = startDaemon(process.execPath, [arrays, simulated, 'pure-flasharray']);
    try {
      await eventually('the arrays', () => existsSync(simulated) || undefined);
      const own = join(ROOT, mountedAt('agent', '/etc/delfin-agent/config.yaml'));
      const args = ['--config.file', own, '--config.file', simulated];
      const { stdout, stderr } = await runAgent(['check', ...args]);
      expect(stderr + stdout).toContain('ok, 2 backends');
    } finally {
      await daemon.stop();
    }
  });
});
