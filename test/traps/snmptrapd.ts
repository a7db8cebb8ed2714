/** Debian's snmptrapd as a peer: what it takes it prints. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freeUdpPort } from '../kit/ports.ts';
import { scratch } from './scratch.ts';

export interface Snmptrapd extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** Everything printed so far. */
  output(): string;
  /** Lines that stand for a trap so far: what is new since the last call is read. */
  lines(): number;
}

/** Begins each line that stands for a trap. */
export const MARK = '@@TRAP';

/** @throws Error if it doesn't come up. */
export async function startSnmptrapd(
  lines: readonly string[],
  options: { readonly format?: string; readonly receiveBuffer?: number } = {},
): Promise<Snmptrapd> {
  const folder = scratch();
  mkdirSync(join(folder.path, 'cert_indexes'));
  const port = await freeUdpPort();
  const format = options.format ?? '%v';
  const config = join(folder.path, 'snmptrapd.conf');
  const log = join(folder.path, 'output');
  writeFileSync(
    config,
    [...lines, `format1 ${MARK} ${format}\\n`, `format2 ${MARK} ${format}\\n`, ''].join('\n'),
  );
  const child: ChildProcess = spawn(
    'snmptrapd',
    [
      '-f',
      '-n',
      '-On',
      '-C',
      '-c',
      config,
      '-Lf',
      log,
      '-x',
      'unix:/dev/null/none',
      ...(options.receiveBuffer === undefined ? [] : [`--serverRecvBuf=${options.receiveBuffer}`]),
      `udp:127.0.0.1:${port}`,
    ],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        MIBS: '',
        SNMPCONFPATH: folder.path,
        SNMP_PERSISTENT_DIR: folder.path,
      },
      stdio: 'ignore',
    },
  );
  const output = () => readFileSync(log, 'latin1');
  await eventually('snmptrapd', () => {
    if (child.exitCode !== null) throw new Error(`snmptrapd ended with ${child.exitCode}`);
    return output().includes('NET-SNMP version') ? true : undefined;
  });
  return {
    port,
    pid: child.pid ?? 0,
    output,
    lines: lineCounter(log, MARK),
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
      folder[Symbol.dispose]();
    },
  };
}

export interface UdpClient extends AsyncDisposable {
  send(datagram: Uint8Array, port: number): Promise<void>;
}

export function udpClient(): UdpClient {
  const socket = createSocket('udp4');
  return {
    send: (datagram, port) =>
      new Promise((resolve, reject) => {
        socket.send(datagram, port, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
      }),
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** Counts the marks in whole lines of a file that grows; what is new since the last call is read. */
export function lineCounter(file: string, wanted: string): () => number {
  const buffer = Buffer.alloc(2 ** 20);
  const mark = Buffer.from(wanted);
  let at = 0;
  let count = 0;
  return () => {
    const open = openSync(file, 'r');
    for (let size = 1; size > 0;) {
      size = readSync(open, buffer, 0, buffer.length, at);
      const end = buffer.subarray(0, size).lastIndexOf(0x0a) + 1;
      const whole = buffer.subarray(0, end);
      for (let from = whole.indexOf(mark); from >= 0; from = whole.indexOf(mark, from + 1))
        count += 1;
      at += end;
      if (end === 0) break;
    }
    closeSync(open);
    return count;
  };
}
