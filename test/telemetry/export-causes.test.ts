/** A failed export says why, in words that tell what to do, and gives nothing away. */
import { readFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/driver/secret.ts';
import { createBackoff } from '../../src/telemetry/otlp/backoff.ts';
import { FIRST_RETRY_MS } from '../../src/telemetry/otlp/outgoing.ts';
import { otlpOf, type OtlpSettings } from '../../src/telemetry/otlp/config.ts';
import { createOutgoing, type ExportFailure } from '../../src/telemetry/otlp/outgoing.ts';
import { createSelfMetrics } from '../../src/telemetry/self.ts';
import { eventually, freePort } from '../kit/ports.ts';

const TLS = new URL('../kit/tls/', import.meta.url).pathname;
const cert = readFileSync(`${TLS}cert.pem`);
const key = readFileSync(`${TLS}key.pem`);

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function listen(server: Server & { closeAllConnections?: () => void }): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  opened.push(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const answering = (handle: RequestListener) => listen(createHttp(handle));

interface Failed {
  readonly failure: ExportFailure;
  /** Everything logged. */
  readonly logged: string;
  readonly errors: Record<string, number>;
}

/** The first failure of an export to this endpoint. */
async function failed(endpoint: string, further: Partial<OtlpSettings> = {}): Promise<Failed> {
  const settings = otlpOf({ endpoint }, {});
  if (!settings) throw new Error('no settings');
  const self = createSelfMetrics();
  const lines: string[] = [];
  const failures: ExportFailure[] = [];
  const note = (fields: object, message: string) =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const outgoing = createOutgoing({
    signal: 'metrics',
    otlp: { ...settings, compression: 'none', timeoutMs: 5_000, ...further },
    log: { debug: note, info: note, warn: note, error: note },
    self,
    onFailing: (failure) => void (failure && failures.push(failure)),
    firstRetryMs: 10,
  });
  opened.push(() => outgoing.close());
  outgoing.add(Buffer.from('{}'), 1, 'http/json');
  const failure = await eventually('a failure', () => failures[0]);
  const counts = self.counts().get('delfin_otlp_export_errors_total') ?? [];
  return {
    failure,
    logged: lines.join('\n'),
    errors: Object.fromEntries([...counts].map(([label]) => [label.split('\u0000')[1], 1])),
  };
}

const header = (value: string) => ({
  headers: { metrics: { authorization: new Secret(value) }, logs: {} },
});

describe('an export fails because', () => {
  const cases: [string, () => Promise<Failed>, string, RegExp][] = [
    [
      'the certificate signs itself',
      async () => failed(`https://127.0.0.1:${await listen(createHttps({ cert, key }))}`),
      'certificate',
      /otlp\.ca/,
    ],
    [
      'the name is not known',
      () => failed('http://collector.invalid:4318'),
      'dns',
      /name.*otlp\.endpoint/,
    ],
    [
      'nothing listens there',
      async () => failed(`http://127.0.0.1:${await freePort()}`),
      'connection',
      /nothing listens there.*4318/,
    ],
    [
      'it is a gRPC port',
      async () => failed(`http://127.0.0.1:${await listen(createHttp2())}`),
      'protocol',
      /gRPC port 4317.*4318/,
    ],
    [
      'the port speaks http and not https',
      async () => failed(`https://127.0.0.1:${await answering(() => {})}`),
      'protocol',
      /does not speak TLS.*http:\/\//,
    ],
    [
      'the port speaks https and not http',
      async () => failed(`http://127.0.0.1:${await listen(createHttps({ cert, key }))}`),
      'connection',
      /closed without an answer/,
    ],
    [
      'the credentials are wrong',
      async () =>
        failed(
          `http://127.0.0.1:${await answering((_, response) => void response.writeHead(401).end())}`,
        ),
      '401',
      /otlp\.headers/,
    ],
    [
      'the credentials do not suffice',
      async () =>
        failed(
          `http://127.0.0.1:${await answering((_, response) => void response.writeHead(403).end('no licence'))}`,
        ),
      '403',
      /otlp\.headers.*it says: no licence/,
    ],
    [
      'the path is another one',
      async () =>
        failed(
          `http://127.0.0.1:${await answering((_, response) => void response.writeHead(404).end('<html><b>not found</b></html>'))}`,
        ),
      '404',
      /otlp\.endpoint.*it says: not found$/,
    ],
    [
      'it is sent elsewhere',
      async () =>
        failed(
          `http://127.0.0.1:${await answering((_, response) => void response.writeHead(307, { location: 'https://u:p@other/' }).end())}`,
        ),
      '307',
      /https:\/\/\*\*\*@other\/.*not followed/,
    ],
    [
      'a header is no header',
      async () =>
        failed(`http://127.0.0.1:${await answering(() => {})}`, header('Basic czNjcjN0\nczNjcjN0')),
      'configuration',
      /otlp\.headers/,
    ],
    [
      'no answer comes',
      async () => failed(`http://127.0.0.1:${await answering(() => {})}`, { timeoutMs: 100 }),
      'timeout',
      /within 100 ms/,
    ],
  ];

  it.each(cases)('%s', async (_what, make, type, text) => {
    const { failure, logged, errors } = await make();
    expect(failure.error_type).toBe(type);
    expect(failure.message).toMatch(text);
    expect(logged).toContain(JSON.stringify(failure.message).slice(1, -1));
    expect(Object.keys(errors)).toEqual([failure.error_type]);
  });
});

describe('a failed export', () => {
  it('gives no credential away, not even one that the receiver echoes', async () => {
    const port = await answering(
      (request, response) =>
        void response
          .writeHead(400)
          .end(`bad: ${String(request.headers.authorization)} ${request.url}`),
    );
    const { failure, logged } = await failed(
      `http://shipper:s3cr3t-pw@127.0.0.1:${port}/x?token=s3cr3t-t`,
      header('Bearer s3cr3t-h'),
    );
    expect(JSON.stringify(failure) + logged).not.toContain('s3cr3t');
    expect(failure.url).toContain('http://***@127.0.0.1');
  });

  it('sends the user and the password of the URL', async () => {
    let seen = '';
    const port = await answering((request, response) => {
      seen = String(request.headers.authorization);
      response.writeHead(401).end();
    });
    await failed(`http://us%65r:p%40ss@127.0.0.1:${port}`);
    expect(Buffer.from(seen.replace('Basic ', ''), 'base64').toString()).toBe('user:p@ss');
  });

  it('is told once for each reason', async () => {
    const { logged } = await failed(`http://127.0.0.1:${await freePort()}`);
    expect(logged.split('\n')).toHaveLength(1);
  });
});

describe('the waits between attempts', () => {
  it('are as long as the receiver asks, and never none', () => {
    const backoff = createBackoff(1_000);
    backoff.failed();
    expect(backoff.nextMs(7_000)).toBe(7_000);
    expect(backoff.nextMs(0)).toBe(1_000);
    expect(backoff.nextMs(-1)).toBe(1_000);
  });

  it('begin with a second at most: after a short fault the next export is soon', () => {
    for (let index = 0; index < 50; index += 1) {
      const backoff = createBackoff(FIRST_RETRY_MS);
      backoff.failed();
      expect(backoff.nextMs()).toBeLessThanOrEqual(1_000);
      // And again after each that worked.
      backoff.failed();
      backoff.worked();
      backoff.failed();
      expect(backoff.nextMs()).toBeLessThanOrEqual(1_000);
    }
  });

  it('grow to half a minute', () => {
    const backoff = createBackoff(1_000);
    for (let index = 0; index < 40; index += 1) backoff.failed();
    expect(backoff.nextMs()).toBeGreaterThanOrEqual(22_500);
    expect(backoff.nextMs()).toBeLessThanOrEqual(30_000);
  });

  it('hold a receiver that refuses everything to one request a second after a first burst', () => {
    let now = 0;
    const backoff = createBackoff(1_000, () => now);
    let requests = 0;
    while (now < 60_000) {
      requests += 1;
      const ms = backoff.refusedMs();
      now += ms > 0 ? ms : 1;
    }
    expect(requests).toBeLessThanOrEqual(32 + 2 * 60);
  });
});
