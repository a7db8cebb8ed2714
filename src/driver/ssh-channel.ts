/** One channel of an SSH connection: a command or a file, with bounds on what comes back. */
import type { ClientChannel, SFTPWrapper } from 'ssh2';
import { InvalidResponse } from './errors.ts';
import { cut } from './failures.ts';
import type { Connection } from './ssh.ts';
import type { SshExecOptions, SshResult, Traffic } from './transports.ts';

const DEFAULT_MAX_LINE_BYTES = 2 ** 20;
const NEWLINE = 0x0a;

export interface ChannelBounds {
  readonly maxBytes: number;
  /** For messages: host and command or file. */
  readonly what: string;
  readonly signal: AbortSignal;
  readonly traffic: Traffic;
}

/** @throws InvalidResponse for an output that is too large, was cut off, or has no exit status. */
export function runCommand(
  { client, lost }: Connection,
  command: string,
  options: SshExecOptions & ChannelBounds,
): Promise<SshResult> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      // Listens at once: the whole answer may be in the packet that brought this.
      if (!error) return resolve(receive(channel, options, lost));
      if (error.message === 'Not connected') return reject(error);
      // The array refused this command: the connection and what runs on it live on.
      reject(lost() ?? new InvalidResponse(`${options.what}: refused (${cut(error.message)})`));
    });
  });
}

function receive(
  channel: ClientChannel,
  options: SshExecOptions & ChannelBounds,
  lost: Connection['lost'],
): Promise<SshResult> {
  const { what, signal } = options;
  return new Promise((resolve, reject) => {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let code: number | undefined;
    let killedBy = '';
    const refuse = (reason: string) => {
      channel.destroy();
      reject(new InvalidResponse(`${what}: ${reason}`));
    };
    const check = outputBounds(options);
    const collect = (into: Buffer[]) => {
      const checkLine = lineBound(options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES);
      return (chunk: Buffer) => {
        const tooMuch = check(chunk) ?? checkLine(chunk);
        if (tooMuch === undefined) into.push(chunk);
        else refuse(tooMuch);
      };
    };
    const abort = () => {
      channel.destroy();
      reject(signal.reason as Error);
    };
    // It may have come after the call had given up.
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    channel.on('data', collect(out));
    channel.stderr.on('data', collect(err));
    channel.on('exit', (status: number | null, by?: string) => {
      code = status ?? undefined;
      killedBy = by ?? '';
    });
    channel.on('error', reject);
    channel.on('close', () => {
      const [stdout, stderr] = [out, err].map((chunks) => Buffer.concat(chunks).toString('utf8'));
      if (code !== undefined) return resolve({ stdout: stdout ?? '', stderr: stderr ?? '', code });
      // The connection may have broken, which is told a moment later.
      setImmediate(() => {
        const reason = killedBy
          ? `ended by ${killedBy}`
          : 'the channel closed without an exit status';
        reject(lost() ?? new InvalidResponse(`${what}: ${reason}; its output may be cut off`));
      });
    });
    if (options.input === undefined) return;
    const pieces = typeof options.input === 'string' ? [options.input] : options.input;
    for (const piece of pieces) channel.write(piece);
    channel.end();
  });
}

function outputBounds({ maxBytes, traffic }: ChannelBounds): (chunk: Buffer) => string | undefined {
  let length = 0;
  return (chunk) => {
    length += chunk.length;
    traffic.bytesReceived += chunk.length;
    return length > maxBytes ? `more than ${maxBytes} bytes of output` : undefined;
  };
}

/** Says when a line is too long for what reads it. */
function lineBound(maxBytes: number): (chunk: Buffer) => string | undefined {
  let open = 0;
  return (chunk) => {
    let longest = 0;
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      longest = Math.max(longest, open + to - from);
      open = 0;
      from = to + 1;
    }
    open += chunk.length - from;
    return Math.max(longest, open) > maxBytes ? `a line of more than ${maxBytes} bytes` : undefined;
  };
}

export function readRemoteFile(
  sftp: SFTPWrapper,
  path: string,
  { maxBytes, what, signal, traffic }: ChannelBounds,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stream = sftp.createReadStream(path);
    const chunks: Buffer[] = [];
    let length = 0;
    signal.addEventListener('abort', () => stream.destroy(), { once: true });
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      traffic.bytesReceived += chunk.length;
      if (length <= maxBytes) return void chunks.push(chunk);
      stream.destroy();
      reject(new InvalidResponse(`${what} is larger than ${maxBytes} bytes`));
    });
    stream.on('error', (cause: Error) =>
      reject(new InvalidResponse(`${what}: can't be read (${cause.message})`, { cause })),
    );
    stream.on('end', () => resolve(Buffer.concat(chunks, length)));
  });
}
