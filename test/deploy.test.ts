/** What is shipped beside the code. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { workspace } from './kit/agent.ts';
import { hasProgram } from './kit/programs.ts';

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

  it('may bind port 162, reloads by SIGHUP, and does not stop the JavaScript engine from compiling', () => {
    const settings = new Map(
      read(unit)
        .split('\n')
        .flatMap((line) =>
          /^\w+=/.test(line) ? [line.split(/=(.*)/s).slice(0, 2) as [string, string]] : [],
        ),
    );
    expect(settings.get('AmbientCapabilities')).toBe('CAP_NET_BIND_SERVICE');
    expect(settings.get('ExecReload')).toContain('-HUP');
    expect(settings.get('Type')).toBe('notify');
    expect(settings.has('MemoryDenyWriteExecute')).toBe(false);
  });
});

describe('containers', () => {
  it('the Kubernetes manifest shards one configuration over its replicas', () => {
    const documents = parseAllDocuments(read('deploy/kubernetes/delfin-agent.yaml')).map(
      (document) => document.toJS() as { kind: string; spec: Record<string, unknown> },
    );
    expect(documents.map(({ kind }) => kind)).toEqual(['Service', 'StatefulSet']);
    const spec = documents[1]?.spec as {
      replicas: number;
      podManagementPolicy: string;
      template: { spec: { containers: { args: string[] }[] } };
    };
    expect(spec.podManagementPolicy).toBe('Parallel');
    expect(spec.template.spec.containers[0]?.args).toContain(`--shard.total=${spec.replicas}`);
  });

  it('the image holds what the agent loads, and runs as nobody in particular', () => {
    const dockerfile = read('Dockerfile');
    for (const part of ['src', 'drivers', 'package.json'])
      expect(dockerfile).toMatch(new RegExp(`COPY .*\\b${part}\\b`));
    expect(dockerfile).toContain('USER node');
    expect(dockerfile).toContain('HEALTHCHECK');
  });

  it('the compose file is well formed', () => {
    const { services } = parse(read('deploy/compose/compose.yaml')) as { services: object };
    expect(Object.keys(services)).toEqual(['agent', 'prometheus', 'grafana']);
  });
});
