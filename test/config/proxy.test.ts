/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and what the receiver's own key does beside them. */
import { describe, expect, it } from 'vitest';
import { proxyFault, proxyFor } from '../../src/config/proxy.ts';
import { otlpOf } from '../../src/telemetry/otlp/config.ts';

const BOTH = { HTTP_PROXY: 'http://plain:3128', HTTPS_PROXY: 'http://secure:3128' };
const of = (url: string, env: NodeJS.ProcessEnv) => proxyFor(new URL(url), env);

describe('the proxy of the environment', () => {
  it('is by the scheme of the receiver, the lower-case name first, with or without its own scheme', () => {
    expect(of('http://otel:4318', BOTH)).toBe('http://plain:3128');
    expect(of('https://otel', BOTH)).toBe('http://secure:3128');
    expect(of('https://otel', { ...BOTH, https_proxy: 'other:1' })).toBe('http://other:1');
    expect(of('https://otel', {})).toBeUndefined();
  });

  it.each([
    ['*', 'https://otel:4317', false],
    ['otel', 'https://otel:4317', false],
    ['otel:4317', 'https://otel:4317', false],
    ['otel:4318', 'https://otel:4317', true],
    ['otel:443', 'https://otel', false],
    ['other, example.com', 'https://otel.example.com', false],
    ['.example.com', 'https://otel.example.com', false],
    ['*.example.com', 'https://otel.example.com', false],
    ['example.com', 'https://notexample.com', true],
    ['192.0.2.0/24', 'https://192.0.2.10:4317', false],
    ['192.0.2.0/24', 'https://192.0.3.10:4317', true],
    ['2001:db8::/32', 'https://[2001:db8::1]:4317', false],
    ['2001:db8::1', 'https://[2001:db8::1]:4317', false],
    ['192.0.2.0/99, ,x/y', 'https://192.0.2.10', true],
    ['', 'https://127.0.0.1:4317', false],
    ['', 'https://localhost:4317', false],
    ['', 'https://[::1]:4317', false],
  ])('with NO_PROXY %j for %s: %s', (excepted, url, proxied) => {
    expect(of(url, { ...BOTH, NO_PROXY: excepted }) !== undefined).toBe(proxied);
  });

  it('gives way to the key, and is the proxy of each signal for itself', () => {
    const env = {
      ...BOTH,
      NO_PROXY: 'logs.example',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://metrics.example:4318',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://logs.example/v1/logs',
    };
    expect(otlpOf({}, env)?.proxies).toEqual({ metrics: 'http://plain:3128', logs: undefined });
    expect(otlpOf({ proxy: 'http://mine:1' }, env)?.proxies.logs).toBe('http://mine:1');
  });
});

it.each([
  ['http://proxy:3128', undefined],
  ['https://user:p%40ss@proxy.example:3128', undefined],
  ['proxy:3128', /must begin http/],
  ['socks5://proxy:1080', /must begin http/],
  ['http://', /is no URL/],
  ['http://a b:1', /is no URL/],
])('%s as a proxy: %s', (written, fault) => {
  if (fault === undefined) expect(proxyFault(written)).toBeUndefined();
  else expect(proxyFault(written)).toMatch(fault);
});
