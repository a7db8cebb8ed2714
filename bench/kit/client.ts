/** A client that costs little: it counts bytes and keeps none. */
import { connect } from 'node:net';

export interface Scrape {
  readonly status: number;
  readonly ms: number;
  /** Bytes on the wire. */
  readonly bytes: number;
}

export interface ScrapeOptions {
  readonly path?: string;
  readonly gzip?: boolean;
}

const HEAD_BYTES = 64;
/** What arrives is looked at once: all connections write over the same memory. */
const buffer = Buffer.allocUnsafe(2 ** 20);

export function scrape(port: number, options: ScrapeOptions = {}): Promise<Scrape> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let head = '';
    const socket = connect({
      port,
      host: '127.0.0.1',
      onread: {
        buffer,
        callback(size, view) {
          if (head.length < HEAD_BYTES)
            head += Buffer.from(view.subarray(0, Math.min(size, HEAD_BYTES))).toString('latin1');
          bytes += size;
          return true;
        },
      },
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
      resolve({ status, bytes, ms: performance.now() - started });
    });
    const coding = options.gzip ? 'accept-encoding: gzip\r\n' : '';
    socket.write(
      `GET ${options.path ?? '/metrics'} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${coding}\r\n`,
    );
  });
}
