/** Deployment: the systemd unit and its installation, Kubernetes, the image, podman, the bill of materials. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../src/config/load.ts';
import { workspace, type Workspace } from './kit/agent.ts';
import { hasProgram, runProgram } from './kit/programs.ts';

const ROOT = resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const withSystemd = hasProgram('systemd-analyze');
const { version } = JSON.parse(read('package.json')) as { version: string };

/** `Key=value` lines of a unit; a key may stand several times. */
function settingsOf(file: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  for (const [, key = '', value = ''] of read(file).matchAll(/^([A-Z]\w+)=(.*)$/gm)) {
    settings.set(key, [...(settings.get(key) ?? []), value]);
  }
  return settings;
}

describe('the systemd unit', () => {
  const unit = 'deploy/systemd/delfin-agent.service';

  it('may bind port 162, reloads by SIGHUP, has its secrets from systemd, and does not stop the JavaScript engine from compiling', () => {
    const settings = settingsOf(unit);
    expect(settings.get('AmbientCapabilities')).toEqual(['CAP_NET_BIND_SERVICE']);
    expect(settings.get('ExecReload')?.[0]).toContain('-HUP');
    expect(settings.get('Type')).toEqual(['notify']);
    expect(settings.get('LoadCredential')).toEqual(['secret:/etc/delfin-agent/credentials']);
    expect(settings.has('MemoryDenyWriteExecute')).toBe(false);
  });
});

describe('the install script', () => {
  /** An npm archive of one program. */
  function archive(
    space: Workspace,
    name: string,
    files: Readonly<Record<string, string>>,
  ): string {
    const folder = join(space.folder, name);
    mkdirSync(join(folder, 'package/src'), { recursive: true });
    for (const [file, content] of Object.entries(files)) {
      writeFileSync(join(folder, 'package', file), content, { mode: 0o755 });
    }
    const bin = { [name]: name === 'node' ? './node' : './src/main.js' };
    writeFileSync(join(folder, 'package/package.json'), JSON.stringify({ name, version, bin }));
    execFileSync('tar', ['-czf', `${folder}.tgz`, '-C', folder, 'package']);
    return `${folder}.tgz`;
  }

  it('puts the agent, its Node.js, its units and a folder for secrets below another root', async () => {
    using space = workspace();
    const node = archive(space, 'node', { node: `#!/bin/sh\nexec ${process.execPath} "$@"\n` });
    const agent = archive(space, 'delfin-agent', {
      'src/main.js': 'console.log(process.argv.slice(2).join(" "))\n',
      'config.example.yaml': 'backends: []\n',
    });
    const root = join(space.folder, 'root');
    const env = { DESTDIR: root, NODE_PACKAGE: node, npm_config_offline: 'true' };
    const install = () =>
      runProgram('sh', ['deploy/systemd/install.sh', agent], { cwd: ROOT, env });
    const first = await install();
    expect([first.code, first.stdout], first.stderr).toEqual([
      0,
      expect.stringContaining('systemctl enable --now delfin-agent'),
    ]);
    const at = (path: string) => join(root, path);
    expect(statSync(at('etc/delfin-agent/credentials')).mode & 0o777).toBe(0o700);
    expect(statSync(at('etc/delfin-agent/config.yaml')).mode & 0o777).toBe(0o644);

    const wrapper = readFileSync(at('usr/bin/delfin-agent'), 'utf8').replaceAll(
      '/opt/',
      at('opt/'),
    );
    const here = space.write('delfin-agent.sh', wrapper);
    const ran = await runProgram('sh', [here, 'check', 'a b']);
    expect([ran.code, ran.stdout]).toEqual([0, 'check a b\n']);

    if (withSystemd) {
      for (const unit of ['delfin-agent.service', 'delfin-agent.socket']) {
        const installed = readFileSync(at(`etc/systemd/system/${unit}`), 'utf8');
        // Only the program is not where the unit says.
        space.write(unit, installed.replace('/usr/bin/delfin-agent', at('usr/bin/delfin-agent')));
      }
      const units = ['delfin-agent.service', 'delfin-agent.socket'].map((unit) =>
        join(space.folder, unit),
      );
      const verified = await runProgram('systemd-analyze', ['verify', '--man=no', ...units]);
      const said = (verified.stdout + verified.stderr).split('\n');
      expect([verified.code, said.filter((line) => line.includes('delfin'))]).toEqual([0, []]);
    }

    writeFileSync(at('etc/delfin-agent/config.yaml'), 'backends: [mine]\n');
    expect((await install()).code).toBe(0);
    expect(readFileSync(at('etc/delfin-agent/config.yaml'), 'utf8')).toBe('backends: [mine]\n');
  }, 60_000);
});

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** What stands at `spec.template.0.name` of a document. */
function partOf(document: unknown, path: string): unknown {
  let at = document;
  for (const key of path.split('.')) at = (at as Record<string, unknown> | undefined)?.[key];
  return at;
}

describe('Kubernetes', () => {
  const folder = 'deploy/kubernetes/agent';
  const kustomization = parse(read(`${folder}/kustomization.yaml`)) as { resources: string[] };
  const manifests = [...kustomization.resources, '../prometheus-operator/pod-monitor.yaml'].flatMap(
    (file) =>
      parseAllDocuments(read(`${folder}/${file}`)).map((document) => document.toJS() as Manifest),
  );
  /** A part of the manifest of this kind and name. */
  const of = (kind: string, path: string, name = 'delfin-agent') =>
    partOf(
      manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name),
      path,
    );
  const pod = 'spec.template.spec';
  const container = `${pod}.containers.0`;

  it('has what a fleet needs', () => {
    expect(manifests.map(({ kind }) => kind)).toEqual([
      'Namespace',
      'Service',
      'Service',
      'StatefulSet',
      'PodDisruptionBudget',
      'PodMonitor',
    ]);
    expect(of('StatefulSet', 'spec.podManagementPolicy')).toBe('Parallel');
  });

  it('says once how many agents there are', () => {
    const replicas = of('StatefulSet', 'spec.replicas');
    expect(partOf(kustomization, 'replicas')).toEqual([{ name: 'delfin-agent', count: replicas }]);
    const target = 'spec.template.spec.containers.[name=agent].env.[name=SHARD_TOTAL].value';
    expect(partOf(kustomization, 'replacements')).toEqual([
      {
        source: { kind: 'StatefulSet', name: 'delfin-agent', fieldPath: 'spec.replicas' },
        targets: [{ select: { kind: 'StatefulSet', name: 'delfin-agent' }, fieldPaths: [target] }],
      },
    ]);
    expect(of('StatefulSet', `${container}.name`)).toBe('agent');
    expect(of('StatefulSet', `${container}.env.1`)).toEqual({
      name: 'SHARD_TOTAL',
      value: String(replicas),
    });
    expect(of('StatefulSet', `${container}.env.0.name`)).toBe('SHARD_INDEX');
    const args = of('StatefulSet', `${container}.args`);
    expect(args).toContain('--shard.total=$(SHARD_TOTAL)');
    expect(args).toContain('--shard.index=$(SHARD_INDEX)');
  });

  it('takes traps with the address of their sender, and is scraped at its own port', () => {
    expect(of('StatefulSet', `${container}.ports`)).toEqual([
      { name: 'http', containerPort: 10_790 },
      { name: 'traps', containerPort: 1_162, protocol: 'UDP' },
    ]);
    expect(of('Service', 'spec.externalTrafficPolicy', 'delfin-agent-traps')).toBe('Local');
    expect(of('Service', 'spec.ports', 'delfin-agent-traps')).toEqual([
      { name: 'traps', protocol: 'UDP', port: 162, targetPort: 'traps' },
    ]);
    expect(of('Service', 'spec.ports.0.targetPort')).toBe('http');
    expect(of('PodMonitor', 'spec.podMetricsEndpoints.0.port')).toBe('http');
    const labels = of('StatefulSet', 'spec.template.metadata.labels');
    for (const kind of ['StatefulSet', 'PodMonitor', 'PodDisruptionBudget']) {
      expect(of(kind, 'spec.selector.matchLabels')).toEqual(labels);
    }
  });

  it('takes over a changed Secret, and is allowed to do nothing else', () => {
    expect(of('StatefulSet', `${pod}.volumes.0.secret.secretName`)).toBe(
      partOf(kustomization, 'secretGenerator.0.name'),
    );
    expect(of('StatefulSet', `${container}.args`)).toContain('--config.auto-reload');
    expect(of('StatefulSet', `${pod}.securityContext.runAsNonRoot`)).toBe(true);
    expect(of('StatefulSet', `${container}.securityContext`)).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('starts with a configuration that is good', async () => {
    const { problems } = await loadConfig([join(ROOT, folder, 'config.yaml')]);
    expect(problems).toEqual([]);
  });
});

describe('containers', () => {
  const dockerfile = read('Dockerfile');

  it('the image holds what the agent loads, runs as nobody in particular, and asks for its health', () => {
    for (const part of ['src', 'drivers', 'package.json'])
      expect(dockerfile).toMatch(new RegExp(`COPY .*\\b${part}\\b`));
    expect(dockerfile).toContain('USER 1000:1000');
    expect(dockerfile).toMatch(/^HEALTHCHECK .* CMD \["delfin-agent", "health"\]$/m);
    expect(dockerfile).toContain('ln -s /app/src/main.js /usr/local/bin/delfin-agent');
    // The link is a program only if what it names is one.
    expect(statSync(join(ROOT, 'src/main.js')).mode & 0o111).toBe(0o111);
  });

  /** podman-systemd.unit(5): what a [Container] may have, as far as it is used. */
  const QUADLET = new Set([
    'Image', 'ContainerName', 'Volume', 'PublishPort', 'Secret', 'User', 'ReadOnly', 'DropCapability',
    'NoNewPrivileges', 'HealthCmd', 'HealthInterval', 'HealthTimeout', 'HealthStartPeriod',
    'HealthOnFailure', 'StopTimeout',
  ]); // prettier-ignore

  it('the quadlet has the keys that podman knows, and the ports of the image', () => {
    const file = 'deploy/podman/delfin-agent.container';
    const [, section = ''] = /\[Container\]\n([\s\S]*?)\n\[/.exec(read(file)) ?? [];
    const keys = Array.from(section.matchAll(/^#?([A-Z]\w+)=/gm), ([, key = '']) => key);
    expect(keys.filter((key) => !QUADLET.has(key))).toEqual([]);
    const settings = settingsOf(file);
    expect(settings.get('Image')).toEqual([`localhost/delfin-agent:${version}`]);
    expect(settings.get('PublishPort')).toEqual(['127.0.0.1:10790:10790', '162:1162/udp']);
    expect(dockerfile).toContain('EXPOSE 10790/tcp 1162/udp');
    expect(settings.get('HealthCmd')).toEqual(['["delfin-agent", "health"]']);
  });
});

it('unit, quadlet and StatefulSet bound the memory alike', () => {
  const files = ['systemd/delfin-agent.service', 'podman/delfin-agent.container'];
  for (const file of files) expect(read(`deploy/${file}`)).toMatch(/^MemoryMax=1G$/m);
  const set = read('deploy/kubernetes/agent/stateful-set.yaml');
  expect(set).toMatch(/limits: \{ memory: 1Gi \}/);
});

it('the bill of materials is CycloneDX and has what is shipped, nothing of the tests', async () => {
  interface Locked {
    readonly version: string;
    readonly dev?: boolean;
    readonly devOptional?: boolean;
  }
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, Locked>;
  };
  const shipped = Object.entries(packages).flatMap(([path, { version: of, dev, devOptional }]) =>
    path === '' || dev || devOptional ? [] : [`${path.replace(/^.*node_modules\//, '')} ${of}`],
  );
  const { stdout } = await runProgram('npm', ['run', '-s', 'sbom'], { cwd: ROOT });
  const { bomFormat, components } = JSON.parse(stdout) as {
    bomFormat: string;
    components: { name: string; version: string }[];
  };
  expect(bomFormat).toBe('CycloneDX');
  const listed = components.map((component) => `${component.name} ${component.version}`);
  expect(listed.toSorted()).toEqual(shipped.toSorted());
}, 30_000);
