/** A simulated HPE 3PAR or Primera: WSAPI over HTTPS and the command line over SSH, on loopback. */
import ssh2 from 'ssh2';
import type { Algorithms } from 'ssh2';
import { COMMANDS_PER_CONNECTION, serveSessions } from '../../kit/ssh-server.ts';
import { damageOutput, faults } from '../../kit/faults.ts';
import { CERTIFICATE_FILE, serve } from '../../kit/http-server.ts';
import {
  CANARY_PASSWORD,
  newStats,
  type Scenario,
  type Simulator,
  type SimulatorDefinition,
  type SimulatorStats,
} from '../../kit/simulator.ts';
import { createModel, type ArrayModel } from './data.ts';
import { isWrite, run } from './shell.ts';
import { truthOf } from './truth.ts';
import { createWsapi } from './wsapi.ts';

const USER = 'monitor';

export const simulator: SimulatorDefinition = {
  vendor: 'hpe',
  model: '3par',
  generations: ['3par', 'primera', 'alletra', 'inform-3.1'],

  start: (options) => start3par(options),
};

type Options = Parameters<SimulatorDefinition['start']>[0];

export interface Trouble {
  /** Resources of the WSAPI over which the array fails. */
  readonly broken?: readonly string[];
  /** Resources and commands that it says it has not. */
  readonly refused?: readonly string[];
}

export async function start3par(
  { scenario = 'normal', seed = 1, generation = '3par', port }: Options = {},
  trouble: Trouble = {},
): Promise<Simulator> {
  const model = createModel({
    seed,
    volumes: scenario === 'huge' ? 20_000 : 130,
    sparse: scenario === 'sparse',
    primera: generation === 'primera' || generation === 'alletra',
    alletra: generation === 'alletra',
    old: generation === 'inform-3.1',
  });
  const stats = newStats();
  const opened = () => {
    stats.openSessions += 1;
    stats.maxOpenSessions = Math.max(stats.maxOpenSessions, stats.openSessions);
  };
  const closed = () => {
    stats.openSessions -= 1;
  };
  const wsapi = createWsapi({ model, scenario, stats, opened, closed, ...trouble });
  const https = await serve(
    (request, response) => wsapi.handle(request, response),
    port === undefined ? {} : { port },
  );
  const shell = await startShell({ model, scenario, stats, ...trouble });
  const running: Simulator = {
    access: {
      rest: {
        host: 'localhost',
        port: https.port,
        username: USER,
        password: CANARY_PASSWORD,
        ca: CERTIFICATE_FILE,
      },
      ssh: {
        host: '127.0.0.1',
        port: shell.port,
        username: USER,
        password: CANARY_PASSWORD,
        host_key: shell.hostKey,
        ...(model.old ? { legacy_algorithms: true } : {}),
      },
    },
    truth: truthOf(model, scenario === 'unlicensed'),
    stats,
    expireSessions() {
      wsapi.expireSessions();
      shell.disconnect();
    },
    async [Symbol.asyncDispose]() {
      await https[Symbol.asyncDispose]();
      await shell[Symbol.asyncDispose]();
    },
  };
  return running;
}

interface ShellOptions {
  readonly model: ArrayModel;
  readonly scenario: Scenario;
  readonly stats: SimulatorStats;
  readonly refused?: readonly string[];
}

const COMPLAINTS = {
  error: 'Error: the system manager does not answer\n',
  denied: 'Permission denied\n',
  busy: 'Too many local CLI connections.\n',
};

/** All that the SSH server of old releases offers. */
const OLD_ALGORITHMS: Algorithms = {
  kex: ['diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
  serverHostKey: ['ssh-rsa'],
  cipher: ['aes128-cbc', '3des-cbc'],
  hmac: ['hmac-sha1'],
};

function startShell({ model, scenario, stats, refused }: ShellOptions) {
  const keys = model.old
    ? ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 })
    : ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const algorithms = model.old ? { algorithms: OLD_ALGORITHMS } : {};
  let count = 0;

  return serveSessions({ username: USER, scenario, stats, keys, ...algorithms }, (connection) => {
    const end = () => void connection.end();
    let commands = 0;
    return (session) =>
      session.on('exec', (acceptExec, _reject, { command: line }) => {
        const channel = acceptExec();
        stats.requests += 1;
        commands += 1;
        count += 1;
        if (isWrite(line)) stats.writes.push(line);
        if (scenario === 'hang') return;
        if (scenario === 'expired' && commands > COMMANDS_PER_CONNECTION) return end();
        const damage = faults.take(line);
        // The test kit makes a time-out of a command that is let go.
        if (damage === 'hang') return void channel.end();
        if (damage === 'closed' || damage === '401') return end();
        const whole = answer(line);
        const { out, code } = damage
          ? damageOutput(damage, whole, COMPLAINTS)
          : { out: whole, code: 0 };
        if (out !== '') channel.write(out);
        if (code !== undefined) channel.exit(code);
        channel.end();
      });
  });

  function answer(line: string): string {
    const [name = ''] = line.split(' ', 1);
    if (refused?.some((one) => one === name || one === line))
      return `invalid command name "${name}"\n`;
    if (scenario === 'garbage') return '<html>Lorem ipsum\n';
    if (scenario === 'busy' && count % 4 === 0) return 'Too many local CLI connections.\n';
    if (scenario === 'unlicensed' && /^(sr|showhostset|showvvset|showvlun)/.test(line)) {
      return line.startsWith('showvlun')
        ? 'invalid command name "showvlun"\n'
        : 'This command requires a license that is not installed\n';
    }
    return run(model, line);
  }
}
