/** Broken starts and reloads: what is said, how it ends, what runs afterwards. */
import { createSocket, type Socket } from 'node:dgram';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  runAgent,
  startAgent,
  workspace,
  type RunningAgent,
  type Workspace,
} from '../kit/agent.ts';
import { parseExposition, valueOf } from '../kit/exposition.ts';
import { eventually, freePort, freeUdpPort } from '../kit/ports.ts';

const TLS = new URL('../kit/tls/', import.meta.url).pathname;
const CERTIFICATE = join(TLS, 'cert.pem');
const OTHER_KEY = join(TLS, 'other.pem');

let space: Workspace;
/** Ports that another program has. */
let takenTcp: Server;
let takenUdp: Socket;
const port = { tcp: 0, udp: 0 };

beforeAll(async () => {
  space = workspace();
  takenTcp = createServer();
  await new Promise<void>((resolve) => takenTcp.listen(0, '127.0.0.1', () => resolve()));
  port.tcp = (takenTcp.address() as AddressInfo).port;
  takenUdp = createSocket('udp4');
  await new Promise<void>((resolve) => takenUdp.bind(0, '127.0.0.1', () => resolve()));
  port.udp = takenUdp.address().port;
  space.write('no.pem', 'this is no certificate\n');
  space.write('throws.ts', "throw new Error('no use today');\n");
  space.write('no-driver.ts', 'export default 42;\n');
  space.write('web-nonsense.yaml', 'basic_auth_users: { admin: plain }\n');
  space.write(
    'web-no-pair.yaml',
    `tls_server_config: { cert_file: ${CERTIFICATE}, key_file: ${OTHER_KEY} }\n`,
  );
});
afterAll(async () => {
  await new Promise<void>((resolve) => takenTcp.close(() => resolve()));
  await new Promise<void>((resolve) => takenUdp.close(() => resolve()));
  space[Symbol.dispose]();
});

const ARRAY =
  '{ name: a, vendor: fake_storage, model: fake_driver, inventory: { interval: 1s }, performance: { interval: 1s }, fake: { volumes: 3 } }';
const arrays = (...more: string[]) =>
  `backends:\n${[ARRAY, ...more].map((one) => `  - ${one}\n`).join('')}`;

interface Case {
  /** Keys beside the arrays, or the whole file. */
  readonly yaml: () => string;
  readonly says: RegExp;
  /** At a reload: wrong as a file, or not possible now. */
  readonly status: 400 | 500;
}

/** What is wrong with a file; the same at the start and at a reload. */
const BROKEN: Readonly<Record<string, Case>> = {
  'no YAML': { yaml: () => 'backends: [\n', says: /:\d+:\d+: /, status: 400 },
  'no arrays': { yaml: () => 'backends: []\n', says: /no backends/, status: 400 },
  'an unknown key': {
    yaml: () => `lisen: :1\n${arrays()}`,
    says: /unknown key "lisen"/,
    status: 400,
  },
  'a name twice': { yaml: () => arrays(ARRAY), says: /taken by/, status: 400 },
  'an unknown driver': {
    yaml: () => arrays('{ name: x, vendor: huawai, model: oceanstor }'),
    says: /no driver.*huawai/,
    status: 400,
  },
  'a driver module that is not there': {
    yaml: () => `drivers: [./gone.ts]\n${arrays()}`,
    says: /gone\.ts/,
    status: 400,
  },
  'a driver module that throws': {
    yaml: () => `drivers: [./throws.ts]\n${arrays()}`,
    says: /no use today/,
    status: 400,
  },
  'a driver module that is no driver': {
    yaml: () => `drivers: [./no-driver.ts]\n${arrays()}`,
    says: /no driver/,
    status: 400,
  },
  'a receiver with an impossible port': {
    yaml: () => `otlp: { endpoint: "http://127.0.0.1:431800" }\n${arrays()}`,
    says: /endpoint.*port/,
    status: 400,
  },
  'a receiver with two ports': {
    yaml: () => `otlp: { endpoint: "http://otel:4318:4318" }\n${arrays()}`,
    says: /endpoint.*port/,
    status: 400,
  },
  'a receiver without host': {
    yaml: () => `otlp: { endpoint: "http://" }\n${arrays()}`,
    says: /endpoint.*host/,
    status: 400,
  },
  'an authority that is not there': {
    yaml: () => `otlp: { endpoint: "https://127.0.0.1:1", ca: gone.pem }\n${arrays()}`,
    says: /gone\.pem/,
    status: 400,
  },
  'an authority that is no PEM': {
    yaml: () => `otlp: { endpoint: "https://127.0.0.1:1", ca: no.pem }\n${arrays()}`,
    says: /no\.pem/,
    status: 400,
  },
  'a secret that is not set': {
    yaml: () => `traps: { communities: ["\${env:NOT_SET_ANYWHERE}"] }\n${arrays()}`,
    says: /NOT_SET_ANYWHERE/,
    status: 400,
  },
  'a secret whose file is not there': {
    yaml: () => `traps: { communities: ["\${file:gone.txt}"] }\n${arrays()}`,
    says: /gone\.txt/,
    status: 400,
  },
  'a web configuration that is not there': {
    yaml: () => `web_config: gone.yaml\n${arrays()}`,
    says: /gone\.yaml/,
    status: 400,
  },
  'a web configuration with a plain password': {
    yaml: () => `web_config: web-nonsense.yaml\n${arrays()}`,
    says: /web-nonsense\.yaml/,
    status: 400,
  },
  'a certificate and a key that are no pair': {
    yaml: () => `web_config: web-no-pair.yaml\n${arrays()}`,
    says: /no pair|other\.pem/,
    status: 400,
  },
  'a trap key that is too short': {
    yaml: () => `traps: { users: [{ name: u, auth: { protocol: sha, key: short } }] }\n${arrays()}`,
    says: /key/,
    status: 400,
  },
  'a trap port that is taken': {
    yaml: () => `traps: { listen: "127.0.0.1:${port.udp}" }\n${arrays()}`,
    says: /traps\.listen 127\.0\.0\.1:\d+: .*EADDRINUSE/,
    status: 500,
  },
  'a trap address of another machine': {
    yaml: () => `traps: { listen: "192.0.2.1:1162" }\n${arrays()}`,
    says: /traps\.listen 192\.0\.2\.1:1162: .*EADDRNOTAVAIL/,
    status: 500,
  },
  'an HTTP port that is taken': {
    yaml: () => `listen: "127.0.0.1:${port.tcp}"\n${arrays()}`,
    says: /cannot listen on 127\.0\.0\.1:\d+: EADDRINUSE/,
    status: 500,
  },
  'an HTTP address of another machine': {
    yaml: () => `listen: "192.0.2.1:10790"\n${arrays()}`,
    says: /cannot listen on 192\.0\.2\.1:10790: EADDRNOTAVAIL/,
    status: 500,
  },
};

/** Wrong in the environment: at the start only. */
const ENVIRONMENT: Readonly<Record<string, { env: NodeJS.ProcessEnv; says: RegExp }>> = {
  'no scheme': {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' },
    says: /OTEL_EXPORTER_OTLP_ENDPOINT/,
  },
  'a bare name': {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'otel-collector' },
    says: /OTEL_EXPORTER_OTLP_ENDPOINT/,
  },
  'another scheme': {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://localhost:4317' },
    says: /OTEL_EXPORTER_OTLP_ENDPOINT/,
  },
  'a certificate that is not there': {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/gone.pem',
    },
    says: /gone\.pem/,
  },
};

let files = 0;
async function configFile(yaml: string): Promise<string> {
  const file = `start-${(files += 1)}.yaml`;
  const top = /^listen:/m.test(yaml) ? '' : `listen: 127.0.0.1:${await freePort()}\n`;
  return space.write(file, `${top}${yaml}`);
}

describe('a broken start', () => {
  it.concurrent.each(Object.entries(BROKEN))(
    '%s: one clear line, exit 1',
    async (_what, broken) => {
      const file = await configFile(broken.yaml());
      const { code, stderr, stdout } = await runAgent(['run', '--config.file', file]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(broken.says);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  it.concurrent.each(Object.entries(ENVIRONMENT))(
    'an environment with %s: one clear line, exit 1',
    async (_what, { env, says }) => {
      const file = await configFile(arrays());
      const { code, stderr } = await runAgent(['run', '--config.file', file], env);
      expect(code).toBe(1);
      expect(stderr).toMatch(says);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  it.concurrent('no file: says which, exit 1', async () => {
    const { code, stderr } = await runAgent([
      'run',
      '--config.file',
      join(space.folder, 'gone.yaml'),
    ]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('gone.yaml')]);
  });
});

/** Where the configuration says, not the command line: `listen` is to be reloaded. */
async function startConfigured(
  name: string,
  yaml: string,
): Promise<RunningAgent & { file: string }> {
  const file = space.write(name, yaml);
  const agent = await startAgent(file, { listen: false });
  return { ...agent, file };
}

async function up(agent: RunningAgent): Promise<void> {
  await eventually('a is up', async () => {
    const { text } = await agent.get('/metrics');
    const labels = { storage_system_name: 'a' };
    return valueOf(parseExposition(text), 'storage_system_up', labels) === 1 ? true : undefined;
  });
}

describe('a broken reload', () => {
  it('is answered with its reason, changes nothing, and the next good one works', async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    const traps = `127.0.0.1:${await freeUdpPort()}`;
    const good = (more = '') =>
      `listen: ${listen}\ntraps: { listen: "${traps}", communities: [a] }\n${arrays(...(more ? [more] : []))}`;
    await using agent = await startConfigured('reload.yaml', good());
    await up(agent);
    const gauge = async () =>
      valueOf(
        parseExposition((await agent.get('/metrics')).text),
        'delfin_config_last_reload_successful',
        {},
      );
    const config = (await agent.get('/config')).text;
    const runs = async () =>
      valueOf(parseExposition((await agent.get('/metrics')).text), 'delfin_collection_runs_total', {
        storage_system_name: 'a',
        delfin_collection_kind: 'inventory',
      }) ?? 0;
    for (const [what, { yaml, says, status }] of Object.entries(BROKEN)) {
      const wrong = yaml();
      const withListen = /^listen:/m.test(wrong) ? wrong : `listen: ${listen}\n${wrong}`;
      space.write('reload.yaml', withListen);
      const before = await runs();
      const answer = await agent.get('/-/reload', { method: 'POST' });
      expect([what, answer.status, answer.text]).toEqual([
        what,
        status,
        expect.stringMatching(says),
      ]);
      await eventually(`${what}: told`, async () => ((await gauge()) === 0 ? true : undefined));
      // The old configuration runs: on the page of it, and on the array.
      expect((await agent.get('/config')).text, what).toBe(config);
      await eventually(`${what}: the array is read`, async () =>
        (await runs()) > before ? true : undefined,
      );
      space.write('reload.yaml', good());
      const repaired = await agent.get('/-/reload', { method: 'POST' });
      expect([what, repaired.status]).toEqual([what, 200]);
    }
    // One session from the first to the last: nothing was restarted.
    expect(agent.output()).not.toContain('restarted');
    expect(agent.process.exitCode).toBeNull();
    space.write(
      'reload.yaml',
      good('{ name: b, vendor: fake_storage, model: fake_driver, fake: { serial_number: b } }'),
    );
    const { status, text } = await agent.get('/-/reload', { method: 'POST' });
    expect([status, text]).toEqual([200, 'reloaded: 2 backends; started b\n']);
  });

  it('what is dead does not break a start: the Collector, a name server, an array', async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    await using agent = await startConfigured(
      'dead.yaml',
      `listen: ${listen}\notlp: { endpoint: "http://127.0.0.1:1" }\ntraps: { listen: "127.0.0.1:${await freeUdpPort()}", communities: [a] }\n${arrays(
        '{ name: nowhere, vendor: huawei, model: oceanstor, rest: { host: array.invalid, username: u, password: p } }',
        '{ name: closed, vendor: huawei, model: oceanstor, rest: { host: 127.0.0.1, port: 1, username: u, password: p } }',
      )}`,
    );
    const targets = JSON.parse((await agent.get('/sd')).text) as unknown[];
    expect(targets).toHaveLength(3);
    await up(agent);
    await agent.ready();
    const samples = parseExposition((await agent.get('/metrics')).text);
    for (const name of ['nowhere', 'closed']) {
      expect(valueOf(samples, 'storage_system_up', { storage_system_name: name })).toBe(0);
    }
  });
});
