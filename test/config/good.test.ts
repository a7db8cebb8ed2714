/** What is written differently and means the same; what is only doubted. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatProblem, loadConfig } from '../../src/config/load.ts';
import type { Secret } from '../../src/driver/secret.ts';

const FAKE = 'vendor: fake_storage, model: fake_driver';
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'delfin-good-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

async function load(content: string, env: NodeJS.ProcessEnv = {}) {
  const { loaded, problems, warnings } = await loadConfig([write('config.yaml', content)], env);
  expect(problems.map(formatProblem)).toEqual([]);
  if (!loaded) throw new Error('nothing was loaded');
  return { config: loaded.config, warnings };
}

describe('a configuration may be written with', () => {
  it('anchors at the top and merge keys, each backend with its own copy', async () => {
    const { config } = await load(`x-base: &base
  vendor: fake_storage
  model: fake_driver
  performance: { interval: 2m }
  fake: &fake { volumes: 3 }
backends:
  - { <<: *base, name: a }
  - { <<: *base, name: b, performance: { interval: 3m }, fake: { <<: *fake, seed: 9 } }
`);
    expect(config.backends).toMatchObject([
      { name: 'a', performance: { interval: '2m' }, fake: { volumes: 3 } },
      { name: 'b', performance: { interval: '3m' }, fake: { volumes: 3, seed: 9 } },
    ]);
    expect(config).not.toHaveProperty('x-base');
  });

  it('references where numbers and switches belong', async () => {
    const { config } = await load(
      `backends: [{ name: a, ${FAKE}, alerts: { enabled: "\${env:ON}" }, fake: { volumes: "\${env:N}", password: "\${env:N}" } }]\n`,
      { N: '7', ON: 'false' },
    );
    const [backend] = config.backends;
    expect(backend?.alerts?.enabled).toBe(false);
    const fake = backend?.['fake'] as { volumes: number; password: Secret };
    expect(fake.volumes).toBe(7);
    expect(fake.password.reveal()).toBe('7');
  });

  it('credentials that systemd hands over', async () => {
    write('array', 'from-systemd\n');
    const { config } = await load(
      `backends: [{ name: a, ${FAKE}, fake: { password: "\${credential:array}" } }]\n`,
      { CREDENTIALS_DIRECTORY: folder },
    );
    const fake = config.backends[0]?.['fake'] as { password: Secret };
    expect(fake.password.reveal()).toBe('from-systemd');
  });

  it('IPv6 addresses with brackets and without', async () => {
    const { config } = await load(
      `backends:\n${['"[2001:db8::5]"', '"2001:db8::5"']
        .map(
          (host, at) =>
            `  - { name: a${at}, vendor: huawei, model: oceanstor, rest: { host: ${host}, username: u, password: p } }\n`,
        )
        .join('')}`,
    );
    for (const { rest } of config.backends) expect(rest).toMatchObject({ host: '2001:db8::5' });
  });

  it('a secret that came from elsewhere and looks like a variable', async () => {
    const { config } = await load(
      `backends: [{ name: a, ${FAKE}, fake: { password: "\${env:PW}" } }]\n`,
      { PW: '$ECRET' },
    );
    const fake = config.backends[0]?.['fake'] as { password: Secret };
    expect(fake.password.reveal()).toBe('$ECRET');
  });

  it('drivers in several files: a broken one is told where it stands', async () => {
    const one = write('one.yaml', `drivers: [./gone-1.ts]\nbackends: [{ name: a, ${FAKE} }]\n`);
    const two = write('two.yaml', `\ndrivers: [./gone-2.ts]\n`);
    const { problems } = await loadConfig([one, two], {});
    expect(problems.map(({ file, line, message }) => [file, line, /gone-\d/.exec(message)?.[0]])).toEqual([
      [one, 1, 'gone-1'],
      [two, 2, 'gone-2'],
    ]);
  }); // prettier-ignore
});

describe('what works and is hardly meant so is a warning', () => {
  it.each([
    ['an open address', `listen: 0.0.0.0:10790\n`, /^1:9: everybody who reaches/],
    ['every address', `listen: ":10790"\n`, /^1:9: everybody who reaches :10790/],
    ['the port of HTTP for gRPC', `otlp: { endpoint: "http://127.0.0.1:4318", protocol: grpc }\n`, /^1:\d+: port 4318 is usually/],
    ['the port of gRPC', `otlp: { endpoint: "http://127.0.0.1:4317" }\n`, /^1:\d+: port 4317 is usually/],
    ['TLS without passwords', `listen: 0.0.0.0:1\nweb_config: ./web.yaml\n`, /^1:9: everybody/],
  ])('%s', async (_, head, words) => {
    for (const file of ['cert.pem', 'key.pem']) {
      cpSync(new URL(`../kit/tls/${file}`, import.meta.url), join(folder, file));
    }
    write('web.yaml', 'tls_server_config: { cert_file: cert.pem, key_file: key.pem }\n');
    const { warnings } = await load(`${head}backends: [{ name: a, ${FAKE} }]\n`);
    expect(warnings.map(({ line, column, message }) => `${line}:${column}: ${message}`)).toEqual([
      expect.stringMatching(words),
    ]);
  }); // prettier-ignore

  it('an array where clouds hand out credentials', async () => {
    const { warnings } = await load(
      'backends: [{ name: a, vendor: huawei, model: oceanstor, rest: { host: 169.254.169.254, username: u, password: p } }]\n',
    );
    expect(warnings.map(({ message }) => message)).toEqual([
      '169.254.169.254 is the metadata service of a cloud, which is no array',
    ]);
  });

  it('nothing of the kind on loopback', async () => {
    const { warnings } = await load(
      `listen: "[::1]:1"\notlp: { endpoint: "http://localhost:4318" }\nbackends: [{ name: a, ${FAKE} }]\n`,
    );
    expect(warnings).toEqual([]);
  });
});
