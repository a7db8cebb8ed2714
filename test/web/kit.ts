/** The web server in the test's own process, over a source that says what a test wants. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Page } from '../../src/telemetry/prometheus/page.ts';
import { createPageStore } from '../../src/telemetry/prometheus/page.ts';
import { createWeb } from '../../src/web/listen.ts';
import type { SiteOptions } from '../../src/web/server.ts';
import type { ArrayDocument, StatusDocument, WebSource } from '../../src/web/source.ts';

export interface Served {
  readonly route: string;
  readonly status: number;
}

export interface TestServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Whether it speaks TLS. */
  readonly secure: boolean;
  /** What the source was told of answers. */
  readonly served: readonly Served[];
  /** Messages of the log. */
  readonly logged: readonly string[];
}

export async function serve(
  source: Partial<WebSource> = {},
  options: Partial<SiteOptions & { readonly listen: string }> = {},
): Promise<TestServer> {
  const served: Served[] = [];
  const logged: string[] = [];
  const log = (_fields: Record<string, unknown>, message: string) => void logged.push(message);
  const { listen = '127.0.0.1:0', webConfigFile, health, ...rest } = options;
  const web = createWeb({
    log: { debug: log, info: log, warn: log, error: log },
    source: {
      metrics: () => pageOf('up 1\n'),
      status: () => statusDocument(),
      array: async (system) => (system === 'a' ? arrayDocument() : undefined),
      config: () => 'backends: []\n',
      reload: async () => ({ ok: true, status: 200, message: 'reloaded' }),
      served: (route, status) => void served.push({ route, status }),
      ...source,
    },
    ...rest,
  });
  const prepared = await web.prepare({ listen: [listen], webConfigFile, health });
  await prepared.commit();
  const [host = '', port = ''] = web.addresses[0]?.split(':') ?? [];
  return {
    host,
    port: Number(port),
    secure: web.urls[0]?.startsWith('https:') ?? false,
    served,
    logged,
    [Symbol.asyncDispose]: () => web.close(),
  };
}

/** A page of its own text. */
export async function pageOf(text: string): Promise<Page> {
  const store = createPageStore();
  await store.setOwn([text]);
  const page = await store.page();
  if (!page) throw new Error('there is always a page of all systems');
  return page;
}

/** A page of many bytes, in pieces. */
export function largePage(bytes: number): Page {
  const piece = Buffer.alloc(2 ** 20, 'x');
  const pieces = Array.from({ length: Math.ceil(bytes / piece.length) }, () => piece);
  const body = { pieces, bytes: pieces.length * piece.length };
  return { plain: () => body, gzip: () => body };
}

export function statusDocument(change: Partial<StatusDocument> = {}): StatusDocument {
  return {
    version: '0.0.0',
    started_at: 1_000,
    now: 61_000,
    ready: true,
    waiting: [],
    warnings: [],
    config_last_reload_successful: true,
    backends: [
      {
        name: 'a',
        vendor: 'v',
        model: 'm',
        up: true,
        runs: { inventory: { at: 2_000, duration_ms: 3, ok: true } },
        counts: { volumes: 2 },
        series: 4,
        problems: [],
        drops: {},
        traffic: { requests: 1, errors: 0, bytesSent: 1, bytesReceived: 1 },
      },
    ],
    ...change,
  };
}

/** The only array of the document. */
export function arrayDocument(change: Partial<ArrayDocument> = {}): ArrayDocument {
  const [backend] = statusDocument().backends;
  if (!backend) throw new Error('the document has a backend');
  return { ...backend, now: 61_000, ...change };
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** One request on a connection of its own; nothing is unpacked. */
export function ask(server: TestServer, path: string, { method, headers }: Ask = {}) {
  return new Promise<Reply>((resolve, reject) => {
    const { host, port } = server;
    const options = { host, port, path, agent: false, method: method ?? 'GET', headers };
    const sent = httpRequest({ ...options, headers: headers ?? {} }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

export interface RawClient {
  readonly socket: Socket;
  /** Resolves when the server has ended the connection. */
  readonly closed: Promise<void>;
}

/** A connection that says only what it is told, and reads nothing unless asked to. */
export async function rawClient(server: TestServer, text = '', from?: string): Promise<RawClient> {
  const { host, port } = server;
  const socket = connect({ host, port, ...(from ? { localAddress: from } : {}) });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  if (text) socket.write(text);
  return { socket, closed };
}

export const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
