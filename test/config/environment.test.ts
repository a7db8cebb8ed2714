/** OTEL_ variables: they apply wherever the block is silent, and are checked as the file is. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatProblem, loadConfig } from '../../src/config/load.ts';
import { forSignal, otlpOf } from '../../src/telemetry/otlp/config.ts';
import { createResourceStore } from '../../src/telemetry/otlp/resource.ts';

const CERT = new URL('../kit/tls/cert.pem', import.meta.url).pathname;
const KEY = new URL('../kit/tls/key.pem', import.meta.url).pathname;
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'delfin-environment-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function load(otlp: string | undefined, env: NodeJS.ProcessEnv) {
  const file = join(folder, 'config.yaml');
  const block = otlp === undefined ? '' : `otlp: ${otlp}\n`;
  writeFileSync(
    file,
    `${block}backends: [{ name: a, vendor: fake_storage, model: fake_driver }]\n`,
  );
  return await loadConfig([file], env);
}

/** The settings as a worker has them: read from a file, its defaults filled in. */
async function settings(otlp: string | undefined, env: NodeJS.ProcessEnv) {
  const { loaded, problems } = await load(otlp, env);
  expect(problems).toEqual([]);
  const of = otlpOf(loaded?.config.otlp, env);
  if (!of) throw new Error('nothing is exported');
  return of;
}

const COMMON = {
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
  OTEL_EXPORTER_OTLP_TIMEOUT: '1500',
  OTEL_METRIC_EXPORT_INTERVAL: '5000',
  OTEL_EXPORTER_OTLP_CERTIFICATE: CERT,
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: CERT,
  OTEL_EXPORTER_OTLP_CLIENT_KEY: KEY,
  OTEL_SERVICE_NAME: 'my-agent',
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=lab',
};

describe('the variables of the environment', () => {
  it('apply where a block is there and says nothing of them', async () => {
    const of = await settings('{ headers: { x-a: b } }', COMMON);
    expect(of).toMatchObject({
      urls: { metrics: 'http://collector:4318/v1/metrics', logs: 'http://collector:4318/v1/logs' },
      protocol: 'http/json',
      compression: 'none',
      timeoutMs: 1_500,
      intervalMs: 5_000,
      ca: CERT,
      cert: CERT,
      key: KEY,
      resource: { 'service.name': 'my-agent', 'deployment.environment.name': 'lab' },
    });
    expect(of.headers.metrics['x-a']?.reveal()).toBe('b');
  });

  it('give way to the block, key by key', async () => {
    const of = await settings(
      '{ endpoint: "http://mine:1", protocol: http/protobuf, compression: gzip, timeout: 3s, export_interval: 7s }',
      { ...COMMON, OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json' },
    );
    expect(forSignal(of, 'metrics')).toMatchObject({
      urls: { metrics: 'http://mine:1/v1/metrics' },
      protocol: 'http/protobuf',
      compression: 'gzip',
      timeoutMs: 3_000,
      intervalMs: 7_000,
    });
  });

  it('of one signal go before the common ones', async () => {
    const of = await settings(undefined, {
      ...COMMON,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://other/metrics?tenant=a',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '900',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-b=2%2C3',
    });
    expect(forSignal(of, 'metrics')).toMatchObject({
      urls: { metrics: 'http://other/metrics?tenant=a' },
      protocol: 'http/protobuf',
      compression: 'gzip',
      timeoutMs: 1_500,
    });
    const logs = forSignal(of, 'logs');
    expect(logs).toMatchObject({ protocol: 'http/json', compression: 'none', timeoutMs: 900 });
    expect(logs.headers.logs['x-b']?.reveal()).toBe('2,3');
    expect(logs.headers.metrics['x-b']).toBeUndefined();
  });

  it('leave the defaults of the specification where nobody speaks', async () => {
    expect(await settings('{ }', {})).toMatchObject({
      urls: { metrics: 'http://localhost:4318/v1/metrics' },
      protocol: 'http/protobuf',
      compression: 'gzip',
      timeoutMs: 10_000,
      intervalMs: 60_000,
    });
  });

  it('name the service of every Resource', () => {
    const store = createResourceStore({ version: '1' }, { 'service.name': 'my-agent' });
    const snapshot = { system: 'a', vendor: 'v', model: 'm', labels: {} };
    const { attributes } = store.of({
      ...snapshot,
      up: true,
      inventory: {},
      performance: [],
    });
    expect(attributes['service.name']).toBe('my-agent');
  });
});

const E = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const GOOD = { [E]: 'http://collector:4318' };

describe('a variable that cannot be right is refused by its name', () => {
  it.each<[string, NodeJS.ProcessEnv, RegExp]>([
    [E, { [E]: 'localhost:4318' }, /write http:\/\/localhost:4318/],
    [E, { [E]: 'otel-collector' }, /write http:\/\/otel-collector/],
    [E, { [E]: 'grpc://otel:4317' }, /must begin http.*protocol/],
    [E, { [E]: 'otel:431700', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /no such port/],
    [E, { [E]: 'http://127.0.0.1:431800' }, /no such port/],
    [E, { [E]: 'http://a:hidden@otel:4318' }, /must not hold an account/],
    ['OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'otel:4318' }, /scheme/],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', { ...GOOD, OTEL_EXPORTER_OTLP_PROTOCOL: 'gRPC' }, /one of http\/protobuf, http\/json, grpc/],
    ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', { ...GOOD, OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http' }, /one of http\/protobuf/],
    ['OTEL_EXPORTER_OTLP_INSECURE', { ...GOOD, OTEL_EXPORTER_OTLP_INSECURE: 'yes' }, /one of true, false/],
    ['HTTPS_PROXY', { ...GOOD, HTTPS_PROXY: 'socks5://a:hidden@proxy:1' }, /must begin http/],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', { ...GOOD, OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' }, /one of gzip, none/],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', { ...GOOD, OTEL_EXPORTER_OTLP_TIMEOUT: '10s' }, /whole number of milliseconds/],
    ['OTEL_METRIC_EXPORT_INTERVAL', { ...GOOD, OTEL_METRIC_EXPORT_INTERVAL: '2592000000' }, /from 1000 to 86400000 milliseconds/],
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', { ...GOOD, OTEL_EXPORTER_OTLP_CERTIFICATE: '/gone.pem' }, /\/gone\.pem: there is no such file/],
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', { ...GOOD, OTEL_EXPORTER_OTLP_CERTIFICATE: KEY }, /no certificate/],
    ['OTEL_EXPORTER_OTLP_CLIENT_KEY', { ...GOOD, OTEL_EXPORTER_OTLP_CLIENT_KEY: KEY }, /set both/],
    ['OTEL_EXPORTER_OTLP_HEADERS', { ...GOOD, OTEL_EXPORTER_OTLP_HEADERS: 'authorization hidden' }, /key=value/],
    ['OTEL_EXPORTER_OTLP_HEADERS', { ...GOOD, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=hidden' }, /readable, to collector/],
    ['OTEL_EXPORTER_OTLP_HEADERS', { ...GOOD, OTEL_EXPORTER_OTLP_HEADERS: 'x-a=hid%0Aden' }, /line break/],
    ['OTEL_RESOURCE_ATTRIBUTES', { ...GOOD, OTEL_RESOURCE_ATTRIBUTES: 'lab' }, /key=value/],
  ])('%s %o', async (variable, env, words) => {
    const { problems } = await load(undefined, env);
    expect(problems.map(formatProblem)).toEqual([expect.stringMatching(new RegExp(`^${variable}: `))]);
    expect(problems[0]?.message).toMatch(words);
    expect(problems[0]?.message).not.toContain('hidden');
  }); // prettier-ignore

  it('but not where the block speaks, or nothing is exported', async () => {
    const wrong = { OTEL_EXPORTER_OTLP_PROTOCOL: 'udp', OTEL_EXPORTER_OTLP_TIMEOUT: 'x' };
    expect((await load(undefined, wrong)).problems).toEqual([]);
    expect((await load('{ protocol: http/json, timeout: 1s }', wrong)).problems).toEqual([]);
    const off = { ...GOOD, ...wrong, OTEL_SDK_DISABLED: 'true' };
    expect((await load(undefined, off)).problems).toEqual([]);
  });
});
