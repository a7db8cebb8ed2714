/** A process that sends datagrams at a rate: `node blaster.ts FILE PORT RATE SECONDS`. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Datagrams as one file: each after its length, 4 bytes. */
export function pack(datagrams: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    datagrams.flatMap((datagram) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(datagram.length);
      return [length, datagram];
    }),
  );
}

function unpack(packed: Buffer): Buffer[] {
  const datagrams: Buffer[] = [];
  for (let at = 0; at < packed.length;) {
    const length = packed.readUInt32BE(at);
    datagrams.push(packed.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return datagrams;
}

/** Sends them all, `rate` in a second; how long it took, ms. */
async function blast(datagrams: readonly Buffer[], port: number, rate: number): Promise<number> {
  const socket = createSocket({ type: 'udp4', sendBufferSize: 4 * 2 ** 20 });
  await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', () => resolve()));
  const started = performance.now();
  let sent = 0;
  let done = 0;
  const all = Promise.withResolvers<void>();
  const onSent = () => {
    done += 1;
    if (done === datagrams.length) all.resolve();
  };
  const step = () => {
    const due = Math.min(datagrams.length, ((performance.now() - started) / 1_000) * rate);
    for (; sent < due; sent += 1) {
      const datagram = datagrams[sent];
      if (datagram) socket.send(datagram, onSent);
    }
    if (sent < datagrams.length) setImmediate(step);
  };
  step();
  await all.promise;
  const tookMs = performance.now() - started;
  socket.close();
  return tookMs;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [file = '', port, rate] = process.argv.slice(2);
  const tookMs = await blast(unpack(readFileSync(file)), Number(port), Number(rate));
  process.stdout.write(`${tookMs}\n`);
}
