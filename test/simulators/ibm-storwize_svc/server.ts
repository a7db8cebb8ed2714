/** The SSH server: password login, commands, SCP and SFTP for the statistics files. */
import ssh2 from 'ssh2';
import type { Connection, ServerChannel, Session, SFTPWrapper } from 'ssh2';
import { COMMANDS_PER_CONNECTION, serveSessions, type ServedShell } from '../../kit/ssh-server.ts';
import { damageOutput, faults, type Fault } from '../../kit/faults.ts';
import type { Scenario, SimulatorStats } from '../../kit/simulator.ts';
import type { DumpFile } from './files.ts';
import { isWrite, type Answer } from './shell.ts';

export const USER = 'monitor';
const FOLDER = '/dumps/iostats/';

export interface ServerOptions {
  readonly scenario: Scenario;
  readonly stats: SimulatorStats;
  dumps(): readonly DumpFile[];
  readonly sftp: boolean;
  readonly port: number;
  run(line: string): Answer;
}

export function startServer(options: ServerOptions): Promise<ServedShell> {
  return serveSessions({ ...options, username: USER }, (connection) => serve(connection, options));
}

/** The sessions of one connection. */
function serve(connection: Connection, options: ServerOptions): (session: Session) => void {
  const { scenario, stats } = options;
  const end = () => void connection.end();
  let commands = 0;
  const isAllowed = () => {
    commands += 1;
    return scenario !== 'expired' || commands <= COMMANDS_PER_CONNECTION;
  };
  return (session) => {
    session.on('exec', (acceptExec, _reject, { command }) => {
      const channel = acceptExec();
      stats.requests += 1;
      if (isWrite(command)) stats.writes.push(command);
      if (scenario === 'hang') return;
      if (!isAllowed()) return end();
      const damage = faults.take(command);
      // The test kit makes a time-out of it.
      if (damage === 'hang') return void channel.end();
      if (damage === 'closed') return end();
      const copied = /^scp -f (\S+)$/.exec(command)?.[1];
      if (copied === undefined) answer(channel, damaged(respond(options, command), damage));
      else sendByScp(channel, copied, damagedFile(fileAt(options.dumps(), copied), damage));
    });
    if (!options.sftp) return;
    session.on('sftp', (acceptSftp) => serveSftp(acceptSftp(), options, isAllowed, end));
  };
}

function respond({ scenario, stats, run }: ServerOptions, command: string): Answer {
  if (scenario === 'garbage') return { out: '<html>Lorem ipsum</html>\n', err: '', code: 0 };
  if (scenario === 'busy' && stats.requests % 4 === 0) {
    const err = 'CMMVC5786E The action failed because the cluster is not in a stable state.\n';
    return { out: '', err, code: 1 };
  }
  return run(command);
}

function answer(channel: ServerChannel, { out, err, code }: Damaged): void {
  if (err !== '') channel.stderr.write(err);
  if (out !== '') channel.write(out);
  if (code !== undefined) channel.exit(code);
  channel.end();
}

type Damaged = Omit<Answer, 'code'> & { readonly code: number | undefined };

const SAID = {
  error: 'CMMVC6010E The command failed.\n',
  denied: 'CMMVC6253E The task has failed because the user role is not sufficient.\n',
  busy: 'CMMVC5786E The action failed because the cluster is not in a stable state.\n',
};

/** What may happen to an output on its way; complaints come on standard error. */
function damaged(whole: Answer, damage: Fault | undefined): Damaged {
  if (damage === undefined) return whole;
  const { out, code } = damageOutput(damage, whole.out, SAID);
  return code === 1 ? { out: '', err: out, code } : { out, err: whole.err, code };
}

function damagedFile(content: Buffer | undefined, damage: Fault | undefined): Buffer | undefined {
  if (damage === undefined || !content) return content;
  const { out, code } = damageOutput(damage, content.toString('utf8'), SAID);
  return code === 0 ? Buffer.from(out) : undefined;
}

function fileAt(dumps: readonly DumpFile[], path: string): Buffer | undefined {
  if (!path.startsWith(FOLDER)) return undefined;
  const file = dumps.find((one) => one.name === path.slice(FOLDER.length));
  return file && Buffer.from(file.content(), 'utf8');
}

/** Source side of SCP: start, header and content each wait for a zero byte. */
function sendByScp(channel: ServerChannel, path: string, content: Buffer | undefined): void {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const steps = [
    () =>
      channel.write(
        content ? `C0644 ${content.length} ${name}\n` : '\u0001scp: No such file or directory\n',
      ),
    () => channel.write(Buffer.concat([content ?? Buffer.alloc(0), Buffer.alloc(1)])),
    () => {
      channel.exit(content ? 0 : 1);
      channel.end();
    },
  ];
  channel.on('data', (chunk: Buffer) => {
    for (const _ of chunk) steps.shift()?.();
  });
  channel.on('end', () => {
    while (steps.length > 0) steps.shift()?.();
  });
}

const { STATUS_CODE } = ssh2.utils.sftp;

function serveSftp(
  sftp: SFTPWrapper,
  { dumps, stats }: ServerOptions,
  isAllowed: () => boolean,
  end: () => void,
): void {
  const opened = new Map<number, Buffer>();
  let next = 0;
  sftp.on('OPEN', (request, path, flags) => {
    stats.requests += 1;
    if (!isAllowed()) return end();
    const damage = faults.take(`read ${path}`);
    if (damage === 'hang') return void sftp.status(request, STATUS_CODE.FAILURE);
    if (damage === 'closed') return end();
    const content = damagedFile(flags === 1 ? fileAt(dumps(), path) : undefined, damage);
    if (!content) return void sftp.status(request, STATUS_CODE.NO_SUCH_FILE);
    next += 1;
    opened.set(next, content);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(next);
    sftp.handle(request, handle);
  });
  const attributes = (content: Buffer) => ({
    mode: 0o100644,
    uid: 0,
    gid: 0,
    size: content.length,
    atime: 0,
    mtime: 0,
  });
  sftp.on('FSTAT', (request, handle) => {
    const content = opened.get(handle.readUInt32BE());
    if (!content) return void sftp.status(request, STATUS_CODE.FAILURE);
    sftp.attrs(request, attributes(content));
  });
  sftp.on('STAT', (request, path) => {
    const content = fileAt(dumps(), path);
    if (!content) return void sftp.status(request, STATUS_CODE.NO_SUCH_FILE);
    sftp.attrs(request, attributes(content));
  });
  sftp.on('READ', (request, handle, offset, length) => {
    const content = opened.get(handle.readUInt32BE());
    if (!content || offset >= content.length) return void sftp.status(request, STATUS_CODE.EOF);
    sftp.data(request, content.subarray(offset, offset + length));
  });
  sftp.on('CLOSE', (request, handle) => {
    opened.delete(handle.readUInt32BE());
    sftp.status(request, STATUS_CODE.OK);
  });
}
