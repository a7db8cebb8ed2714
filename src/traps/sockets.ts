/** UDP sockets of the receiver, and what the kernel says about them. */
import { createSocket, type Socket, type SocketType } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { parseAddress } from '../config/quantities.ts';
import { messageOf } from '../driver/message.ts';
import type { ListenAddress } from './messages.ts';
import type { Origin } from './origin.ts';

export interface Sockets {
  readonly addresses: readonly ListenAddress[];
  /** Datagrams dropped by the kernel since the sockets were opened. */
  kernelDrops(): number;
  close(): Promise<void>;
}

/** Holds some 6,500 traps; what is granted depends on net.core.rmem_max. */
const RECEIVE_BUFFER_BYTES = 4 * 2 ** 20;

/** @throws Error naming the address that can't be used, and why. */
export async function openSockets(
  listen: readonly string[],
  handle: (datagram: Uint8Array, origin: Origin) => void,
): Promise<Sockets> {
  const sockets: Socket[] = [];
  try {
    for (const written of listen) {
      for (const { type, host, port, optional } of targets(written)) {
        try {
          sockets.push(await openSocket(type, host, port, handle));
        } catch (error) {
          if (optional && sockets.length > 0) continue;
          const reason = messageOf(error);
          throw new Error(`traps.listen ${written}: ${reason}`, { cause: error });
        }
      }
    }
  } catch (error) {
    await closeAll(sockets);
    throw error;
  }
  const addresses = sockets.map((socket) => {
    const { address, port } = socket.address();
    return { address, port, bufferBytes: socket.getRecvBufferSize() };
  });
  return {
    addresses,
    kernelDrops: () => readKernelDrops(addresses),
    close: () => closeAll(sockets),
  };
}

/** No host: every interface, of both families where there are both. */
function targets(written: string) {
  const { host, port } = parseAddress(written);
  if (host !== '') {
    return [{ type: isIPv6(host) ? 'udp6' : 'udp4', host, port, optional: false }] as const;
  }
  return [
    { type: 'udp4', host: '0.0.0.0', port, optional: false },
    { type: 'udp6', host: '::', port, optional: true },
  ] as const;
}

function openSocket(
  type: SocketType,
  host: string,
  port: number,
  handle: (datagram: Uint8Array, origin: Origin) => void,
): Promise<Socket> {
  const socket = createSocket({
    type,
    ipv6Only: type === 'udp6',
    recvBufferSize: RECEIVE_BUFFER_BYTES,
  });
  socket.on('message', (datagram, { address, port: from }) =>
    handle(datagram, {
      address,
      port: from,
      // Nobody listens on port 0, and the answer is best effort as the question was.
      reply: (answer) => {
        if (from > 0) socket.send(answer, from, address, () => {});
      },
    }),
  );
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      // Errors of single datagrams (a port that is closed) are reported here: nothing to do.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

async function closeAll(sockets: readonly Socket[]): Promise<void> {
  await Promise.all(
    sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
  );
}

/** The last column of /proc/net/udp. Elsewhere than on Linux: 0. */
function readKernelDrops(addresses: readonly ListenAddress[]): number {
  const wanted = new Set(
    addresses.map(({ address, port }) => `${hexAddress(address)}:${hexPort(port)}`),
  );
  let drops = 0;
  for (const file of ['/proc/self/net/udp', '/proc/self/net/udp6']) {
    for (const line of readLines(file)) {
      const columns = line.trim().split(/\s+/);
      if (wanted.has(columns[1] ?? '')) drops += Number(columns.at(-1)) || 0;
    }
  }
  return drops;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'latin1').split('\n').slice(1);
  } catch {
    return [];
  }
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

/** As the kernel prints it: 32-bit words in the byte order of the machine. */
function hexAddress(address: string): string {
  const bytes = isIPv6(address) ? bytesOfIPv6(address) : address.split('.').map(Number);
  const words: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.slice(at, at + 4);
    if (littleEndian()) word.reverse();
    words.push(Buffer.from(word).toString('hex').toUpperCase());
  }
  return words.join('');
}

function littleEndian(): boolean {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
}

function bytesOfIPv6(address: string): number[] {
  const [plain = address] = address.split('%');
  const [head = '', tail] = plain.split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const middle = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return [...front, ...middle, ...back].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
