/** An OTLP receiver that misbehaves as told: what the real Collector can't be made to do. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { BatchSink } from '../../src/telemetry/otlp/delegate.ts';

/** How one request is answered. */
export type Behaviour =
  | { readonly kind: 'take'; readonly rejected?: number }
  /** A status, with headers. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  /** Headers and then one byte after the other, without end. */
  | { readonly kind: 'drip' }
  /** No answer. */
  | { readonly kind: 'hang' }
  /** Taken, and no answer. */
  | { readonly kind: 'swallow' }
  /** 413 for more points than this. */
  | { readonly kind: 'atMost'; readonly points: number };

export interface Receiver extends AsyncDisposable {
  readonly endpoint: string;
  /** Answers the next requests one by one as told, and all later ones with `take`. */
  next(...behaviours: Behaviour[]): void;
  /** Answers all later requests this way. */
  always(behaviour: Behaviour): void;
  /** Values of the points taken, in the order they came. */
  values(): readonly number[];
  /** Requests taken, decoded. */
  bodies(): readonly OtlpRequest[];
  /** Requests with records that were taken, decoded. */
  logBodies(): readonly unknown[];
  /** Requests so far: path, headers, and when, ms. */
  readonly requests: readonly {
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
    readonly at: number;
  }[];
}

interface Point {
  readonly asDouble: number;
  readonly timeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: { stringValue: string } }[];
}

/** As much of an export of metrics as tests look at. */
export interface OtlpRequest {
  /** Logs have none. */
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly gauge?: { readonly dataPoints: readonly Point[] };
        readonly sum?: { readonly dataPoints: readonly Point[] };
      }[];
    }[];
  }[];
}

export async function startReceiver(): Promise<Receiver> {
  let planned: Behaviour[] = [];
  let standing: Behaviour = { kind: 'take' };
  const taken: number[] = [];
  const bodies: OtlpRequest[] = [];
  const logBodies: unknown[] = [];
  const requests: { path: string; headers: IncomingMessage['headers']; at: number }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    void (async () => {
      const body = JSON.parse(await bodyOf(request)) as OtlpRequest;
      requests.push({ path: request.url ?? '', headers: request.headers, at: performance.now() });
      const behaviour = planned.shift() ?? standing;
      const before = taken.length;
      const isLogs = request.url === '/v1/logs';
      if (isLogs && behaviour.kind === 'take') logBodies.push(body);
      await behave(behaviour, valuesOf(body), request, response, taken);
      if (taken.length > before) bodies.push(body);
    })().catch(() => request.socket.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    next: (...behaviours) => void (planned = behaviours),
    always: (behaviour) => void (standing = behaviour),
    values: () => taken,
    bodies: () => bodies,
    logBodies: () => logBodies,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function behave(
  behaviour: Behaviour,
  values: readonly number[],
  request: IncomingMessage,
  response: ServerResponse,
  taken: number[],
): Promise<void> {
  const status = (code: number, headers: Record<string, string> = {}, body = '{}') =>
    void response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(body);
  switch (behaviour.kind) {
    case 'take':
      taken.push(...values.slice(behaviour.rejected ?? 0));
      return status(
        200,
        {},
        JSON.stringify(
          behaviour.rejected
            ? { partialSuccess: { rejectedDataPoints: String(behaviour.rejected) } }
            : {},
        ),
      );
    case 'status':
      return status(behaviour.status, behaviour.headers);
    case 'reset':
      request.socket.resetAndDestroy();
      return;
    case 'hang':
      return;
    case 'swallow':
      taken.push(...values);
      return;
    case 'atMost':
      if (values.length > behaviour.points) return status(413);
      taken.push(...values);
      return status(200);
    case 'drip':
      response.writeHead(200, { 'content-type': 'application/json' });
      while (!request.socket.destroyed) {
        response.write(' ');
        await sleep(10);
      }
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString(
    'utf8',
  );
}

function valuesOf(request: OtlpRequest): number[] {
  return (request.resourceMetrics ?? []).flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(
        ({ gauge, sum }) => (gauge ?? sum)?.dataPoints.map(({ asDouble }) => asDouble) ?? [],
      ),
    ),
  );
}

/** A queue that delivers at once. */
export function sinkInto(add: BatchSink['add']): BatchSink {
  return {
    add,
    drop: () => {},
    closed: false,
    queuedBytes: () => 0,
    idle: async () => {},
    flush: async () => true,
    close: async () => {},
  };
}
