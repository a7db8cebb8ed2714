/** An OTLP receiver over gRPC that answers as told: what the real Collector can't be made to do. */
import { createServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** How one call is answered. */
export interface GrpcAnswer {
  /** `grpc-status`; absent: no answer of gRPC. */
  readonly status?: number;
  readonly message?: string;
  /** `:status`. */
  readonly http?: number;
  /** The connection is cut in place of an answer. */
  readonly cut?: boolean;
  /** Of `google.rpc.RetryInfo`, s. */
  readonly retrySeconds?: number;
  /** The message of the answer. */
  readonly body?: Uint8Array;
  /** In the headers already, as of an answer without a message. */
  readonly trailersOnly?: boolean;
}

export interface GrpcReceiver extends AsyncDisposable {
  readonly endpoint: string;
  next(...answers: GrpcAnswer[]): void;
  readonly calls: readonly {
    readonly headers: IncomingHttpHeaders;
    /** Inflated. */
    readonly body: Buffer;
    readonly at: number;
  }[];
  readonly connections: () => number;
}

export async function startGrpcReceiver(): Promise<GrpcReceiver> {
  let planned: GrpcAnswer[] = [];
  let connections = 0;
  const calls: { headers: IncomingHttpHeaders; body: Buffer; at: number }[] = [];
  const server = createServer();
  server.on('session', () => {
    connections += 1;
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const frame = Buffer.concat(chunks);
      const message = frame.subarray(5, 5 + frame.readUInt32BE(1));
      const body = frame[0] === 1 ? gunzipSync(message) : message;
      calls.push({ headers, body, at: performance.now() });
      const answer = planned.shift() ?? { status: 0 };
      if (answer.cut) return stream.session?.destroy();
      const { status, http = 200, trailersOnly = false, body: said = Buffer.alloc(0) } = answer;
      const trailers = trailersOf(answer);
      const type = { ':status': http, 'content-type': 'application/grpc' };
      if (status === undefined || trailersOnly) {
        return stream.respond(
          { ...type, ...(status === undefined ? {} : trailers) },
          { endStream: true },
        );
      }
      stream.respond(type, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      const head = Buffer.alloc(5);
      head.writeUInt32BE(said.length, 1);
      stream.end(Buffer.concat([head, said]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    next: (...answers) => void (planned = answers),
    calls,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function trailersOf({ status, message, retrySeconds }: GrpcAnswer): Record<string, string> {
  return {
    'grpc-status': String(status),
    ...(message === undefined ? {} : { 'grpc-message': encodeURIComponent(message) }),
    ...(retrySeconds === undefined
      ? {}
      : { 'grpc-status-details-bin': retryInfo(retrySeconds).toString('base64') }),
  };
}

/** A google.rpc.Status with a google.rpc.RetryInfo. */
function retryInfo(seconds: number): Buffer {
  const field = (number: number, content: Buffer) =>
    Buffer.concat([Buffer.from([number * 8 + 2, content.length]), content]);
  const bytes: number[] = [];
  for (let left = seconds; left >= 128; left = Math.floor(left / 128))
    bytes.push((left % 128) | 128);
  bytes.push(Math.floor(seconds / 128 ** bytes.length));
  const delay = Buffer.from([8, ...bytes]);
  const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');
  const any = Buffer.concat([field(1, type), field(2, field(1, delay))]);
  return Buffer.concat([Buffer.from([8, 14]), field(3, any)]);
}
