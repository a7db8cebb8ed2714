/** An SSH server on loopback for simulators of command lines, whose outputs can be damaged (`faults.ts`). */
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import type { Algorithms, Connection, Session } from 'ssh2';
import { damageOutput, faults } from './faults.ts';
import { CANARY_PASSWORD, type Scenario, type SimulatorStats } from './simulator.ts';

export interface CommandOutput {
  readonly out: string;
  readonly code: number;
}

/** Who may log in, and where. */
export interface LoginOptions {
  readonly username: string;
  readonly scenario: Scenario;
  /** Logins, sessions, commands and writes are counted there. */
  readonly stats: SimulatorStats;
  /** Any free one if absent. */
  readonly port?: number;
}

export interface ShellOptions extends LoginOptions {
  /** What a command prints. */
  readonly run: (command: string) => CommandOutput;
  readonly isWrite: (command: string) => boolean;
  /** How the vendor puts what goes wrong. */
  readonly said: { readonly error: string; readonly denied: string; readonly busy: string };
}

export interface ServedShell extends AsyncDisposable {
  readonly port: number;
  /** As `ssh.host_key` takes it. */
  readonly hostKey: string;
  /** Ends all connections. */
  disconnect(): void;
}

/** `expired`: a connection lasts so many commands; `busy`: every so many are refused. */
export const COMMANDS_PER_CONNECTION = 5;
const BUSY_EVERY = 4;

/** Password login (`CANARY_PASSWORD`), commands, nothing else; the scenarios of logins and answers. */
export function serveSsh(options: ShellOptions): Promise<ServedShell> {
  return serveSessions(options, (connection) => {
    let commands = 0;
    return (session) =>
      session.on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        commands += 1;
        const said = answer(command, commands, options);
        if (said === 'nothing') return;
        if (said === 'gone') return void connection.end();
        channel.write(said.out);
        if (said.code !== undefined) channel.exit(said.code);
        channel.end();
      });
  });
}

export interface SessionOptions extends LoginOptions {
  /** PEM of the one host key, `algorithms`: of an old release; today's if absent. */
  readonly keys?: { readonly private: string; readonly public: string };
  readonly algorithms?: Algorithms;
}

/** The same login, for servers of more than commands: `serve` gets what a connection's sessions do. */
export async function serveSessions(
  options: SessionOptions,
  serve: (connection: Connection) => (session: Session) => unknown,
): Promise<ServedShell> {
  const { keys = hostKeys(), algorithms } = options;
  const connections = new Set<Connection>();
  const server = new ssh2.Server(
    { hostKeys: [keys.private], ...(algorithms ? { algorithms } : {}) },
    (connection) => {
      connections.add(connection);
      connection.on('close', () => connections.delete(connection));
      admit(connection, options, serve(connection));
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  const disconnect = () => {
    for (const connection of connections) connection.end();
  };
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: keys.public.trim().split(' ').slice(0, 2).join(' '),
    disconnect,
    async [Symbol.asyncDispose]() {
      disconnect();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** About one pair in 200 comes out of the library in a form that it can't read itself. */
function hostKeys(): { private: string; public: string } {
  for (;;) {
    const keys = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(keys.private) instanceof Error)) return keys;
  }
}

function admit(
  connection: Connection,
  { scenario, stats, username }: LoginOptions,
  serve: (session: Session) => unknown,
): void {
  let isOpen = false;
  const leave = () => {
    if (isOpen) stats.openSessions -= 1;
    isOpen = false;
  };
  connection.on('error', () => {});
  // As OpenSSH does; the type lacks the method.
  if ('setNoDelay' in connection && typeof connection.setNoDelay === 'function') {
    connection.setNoDelay(true);
  }
  connection.on('end', leave);
  connection.on('close', leave);
  connection.on('authentication', (attempt) => {
    if (attempt.method !== 'password') return attempt.reject(['password']);
    stats.logins += 1;
    const refused = scenario === 'badpassword' || scenario === 'locked';
    const right = attempt.password === CANARY_PASSWORD && attempt.username === username;
    if (refused || !right) return attempt.reject(['password']);
    attempt.accept();
  });
  connection.on('ready', () => {
    isOpen = true;
    stats.openSessions += 1;
    stats.maxOpenSessions = Math.max(stats.maxOpenSessions, stats.openSessions);
    connection.on('session', (accept) => serve(accept()));
  });
}

function answer(command: string, commands: number, options: ShellOptions) {
  const { scenario, stats, run, isWrite, said } = options;
  stats.requests += 1;
  if (isWrite(command)) stats.writes.push(command);
  if (scenario === 'hang') return 'nothing';
  if (scenario === 'expired' && commands > COMMANDS_PER_CONNECTION) return 'gone';
  const damage = faults.take(command);
  if (damage === 'closed') return 'gone';
  // The transports of the kit make a time-out of it.
  if (damage === 'hang') return { out: '', code: undefined };
  if (scenario === 'garbage') return { out: '<html>Please log in</html>\n', code: 0 };
  if (scenario === 'busy' && stats.requests % BUSY_EVERY === 0) return { out: said.busy, code: 1 };
  const { out, code } = run(command);
  return damage ? damageOutput(damage, out, said) : { out, code };
}
