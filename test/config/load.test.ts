import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatProblem, loadConfig } from '../../src/config/load.ts';
import type { Secret } from '../../src/driver/secret.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delfin-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** Loads a file of this content; the problems without the file's name. */
async function problemsOf(content: string, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const file = write('config.yaml', content);
  const { problems } = await loadConfig([file], env);
  return problems.map((problem) => formatProblem(problem).slice(file.length + 1));
}

const FAKE = 'vendor: fake_storage, model: fake_driver';

describe('a good configuration', () => {
  it('has its defaults, its secrets wrapped and its files absolute', async () => {
    cpSync(new URL('../kit/tls/cert.pem', import.meta.url), join(folder, 'ca.pem'));
    write('password', 'from-a-file\n');
    const file = write(
      'config.yaml',
      `alert_output: { file: ./alerts.jsonl }
backends:
  - { name: a, ${FAKE} }
  - name: b
    vendor: huawei
    model: oceanstor
    rest: { host: 192.0.2.5, username: monitor, password: "\${file:./password}", ca: ./ca.pem }
  - { name: "c-\${env:SITE}-$\${literal}", ${FAKE}, fake: { password: "\${env:PW}" } }
`,
    );
    const { loaded } = await loadConfig([file], { SITE: 'dc1', PW: 'hush' });
    expect(loaded?.config.listen).toBe('127.0.0.1:10790');
    expect(loaded?.config.workers).toBe('auto');
    const [, b, c] = loaded?.config.backends ?? [];
    const rest = b?.['rest'] as { password: Secret; ca: string };
    expect(rest.password.reveal()).toBe('from-a-file');
    expect(rest.ca).toBe(join(folder, 'ca.pem'));
    expect(loaded?.config.alert_output?.file).toBe(join(folder, 'alerts.jsonl'));
    expect(c?.name).toBe('c-dc1-${literal}');
    expect(JSON.stringify(loaded?.config)).not.toMatch(/from-a-file|hush/);
    expect(inspect(loaded?.config, { depth: 9 })).not.toMatch(/from-a-file|hush/);
  });

  it('merges files and globs', async () => {
    const main = write('main.yaml', `listen: 127.0.0.1:1\nbackends: [{ name: a, ${FAKE} }]\n`);
    write('b1.yaml', `backends: [{ name: b, ${FAKE} }]\n`);
    write('b2.yaml', `backends: [{ name: c, ${FAKE} }]\n`);
    const { loaded } = await loadConfig([main, join(folder, 'b*.yaml')]);
    expect(loaded?.config.listen).toBe('127.0.0.1:1');
    expect(loaded?.config.backends.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });
});

describe('a bad configuration', () => {
  it('reports ten different mistakes at once, each with line, column and advice', async () => {
    const problems = await problemsOf(`listen: nowhere
worker: 3
otlp: { endpoint: "http://192.0.2.1:4318", protocol: udp }
traps: { listen: 127.0.0.1:1162, communities: public }
backends:
  - { name: a, ${FAKE}, inventory: { interval: soon } }
  - { name: a, ${FAKE} }
  - { name: c, vendor: huawai, model: oceanstor }
  - { name: d, vendor: huawei, model: oceanstor, rest: { host: 192.0.2.5, username: m } }
  - { name: e, ${FAKE}, fake: { seeds: 4 } }
  - { name: f, ${FAKE}, timezone: Mars/Olympus }
  - { name: g, ${FAKE}, fake: { password: "\${env:NOT_SET}" } }
  - { vendor: fake_storage, model: fake_driver }
`);
    const expected = [
      /^1:9: listen has the wrong form; write host:port/,
      /^2:1: unknown key "worker" \(did you mean workers/,
      /^3:54: protocol must be one of http\/protobuf, http\/json/,
      /^4:47: communities must be a list/,
      /^6:\d+: interval has the wrong form; write 30s, 5m or 1h/,
      /^7:\d+: the name "a" is taken by .*6 \(names are unique\)/,
      /^8:\d+: no driver for vendor and model "huawai oceanstor" \(did you mean "huawei oceanstor"/,
      /^9:\d+: missing key "password"/,
      /^10:\d+: unknown key "seeds" \(did you mean seed/,
      /^11:\d+: timezone has the wrong form; write an IANA zone/,
      /^12:\d+: the environment variable NOT_SET is not set/,
      /^13:5: missing key "name"/,
    ];
    for (const [index, pattern] of expected.entries()) expect(problems[index]).toMatch(pattern);
    expect(problems).toHaveLength(expected.length);
  });

  it('reports YAML that cannot be read, with its place', async () => {
    const problems = await problemsOf('backends:\n  - { name: a\n');
    expect(problems[0]).toMatch(/^\d+:\d+: .*\(fix the YAML\)$/);
  });

  it('reports files that are missing', async () => {
    const { problems } = await loadConfig([join(folder, 'none.yaml')]);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/cannot read the file .*no such file.*--config\.file/),
    ]);
    const inner = await problemsOf(
      `backends: [{ name: a, vendor: huawei, model: oceanstor, rest: { host: h, username: u, password: p, ca: ./none.pem } }]`,
    );
    expect(inner).toEqual([expect.stringContaining('none.pem (there is no such file')]);
  });

  it('wants SSH host keys and one kind of TLS trust', async () => {
    const problems = await problemsOf(`backends:
  - { name: a, vendor: ibm, model: storwize_svc, ssh: { host: h, username: u, password: p } }
  - { name: b, vendor: huawei, model: oceanstor, rest: { host: h, username: u, password: p, insecure: true, fingerprint: "sha256:${'ab'.repeat(32)}" } }
`);
    expect(problems).toEqual([
      expect.stringMatching(/^2:\d+: no host key is known/),
      expect.stringMatching(/^3:\d+: fingerprint and insecure exclude each other/),
    ]);
  });

  it('checks SNMPv3 users before the receiver does', async () => {
    const problems = await problemsOf(`traps:
  users:
    - { name: a, auth: { protocol: sha, key: short } }
    - { name: b, priv: { protocol: aes, key: long-enough } }
backends: [{ name: a, ${FAKE} }]
`);
    expect(problems).toEqual([
      expect.stringMatching(/^3:46: key must NOT have fewer than 8 characters/),
      expect.stringMatching(/^4:18: priv needs auth/),
    ]);
  });

  it('says when one setting stands in two files', async () => {
    const one = write('one.yaml', `listen: 127.0.0.1:1\nbackends: [{ name: a, ${FAKE} }]\n`);
    const two = write('two.yaml', `listen: 127.0.0.1:2\nbackends: []\n`);
    const { problems } = await loadConfig([one, two]);
    expect(problems.map(({ message }) => message)).toEqual([
      `"listen" is also set in ${one} (set it once)`,
    ]);
  });

  it('never prints a secret', async () => {
    const problems = await problemsOf(
      `backends: [{ name: a, vendor: huawei, model: oceanstor, rest: { host: h, username: u, password: [hush-hush] } }]`,
    );
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('hush-hush');
  });
});

describe('third-party drivers', () => {
  const driver = (vendor: string) => `
    import { defineDriver, Type } from 'delfin-agent/driver';
    export default defineDriver({
      vendor: '${vendor}', model: 'm', title: 't', access: Type.Object({ color: Type.String() }),
      open: async () => ({ getStorage: async () => ({}), listStoragePools: async () => [], listVolumes: async () => [], close: async () => {} }),
    });`;

  it('are loaded from a file outside any package, and bring their own keys', async () => {
    write('mine.ts', driver('acme'));
    const good = write(
      'good.yaml',
      'drivers: [./mine.ts]\nbackends: [{ name: a, vendor: acme, model: m, color: red }]\n',
    );
    expect((await loadConfig([good])).loaded?.config.backends[0]?.['color']).toBe('red');
    const bad = write(
      'bad.yaml',
      'drivers: [./mine.ts]\nbackends: [{ name: a, vendor: acme, model: m }]\n',
    );
    expect((await loadConfig([bad])).problems[0]?.message).toMatch(/missing key "color"/);
  });

  it('that are broken, missing or in the way are clear errors', async () => {
    write('broken.ts', 'export default { vendor: 1 };');
    write('taken.ts', driver('acme').replace("'acme', model: 'm'", "'huawei', model: 'oceanstor'"));
    const problems = await problemsOf(
      `drivers: [./broken.ts, ./none.ts, ./taken.ts]\nbackends: [{ name: a, ${FAKE} }]\n`,
    );
    expect(problems[0]).toMatch(/^1:11: driver module .*its default export is no driver: vendor/);
    expect(problems[1]).toMatch(/^1:24: driver module .*no such file/);
    expect(problems[2]).toMatch(
      /^1:35: driver module .*"huawei oceanstor" is already served by a built-in driver/,
    );
  });
});
