/** A command line: what the words of its first line mean, and what a connection costs that can't be made. */
import {
  AccessDenied,
  AuthenticationFailed,
  BackendUnreachable,
  commandAnswers,
  InvalidResponse,
  NotSupported,
  openCli,
  type CliOptions,
  type DriverContext,
  type SshResult,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';

const ACCESS = { host: '192.0.2.1', username: 'monitor', insecure: true };
const answers = commandAnswers({
  texts: { unsupported: /invalid command/i, denied: /permission denied/i },
  code: /^(E\d+)/,
});
const ok = (stdout: string): SshResult => ({ stdout, stderr: '', code: 0 });

/** A server that answers with what the script says, in order; the last one for ever. */
function scripted(
  script: readonly (SshResult | Error)[],
  connect: () => void = () => {},
  options: Partial<CliOptions> = {},
) {
  const seen = { commands: 0, connections: 0, closed: 0 };
  const context = {
    pause: async () => {},
    async ssh() {
      seen.connections += 1;
      connect();
      return {
        async exec() {
          const next = script[Math.min(seen.commands, script.length - 1)] ?? ok('');
          seen.commands += 1;
          if (next instanceof Error) throw next;
          return next;
        },
        readdir: async () => [],
        readFile: async () => new Uint8Array(),
        async close() {
          seen.closed += 1;
        },
      };
    },
  } as Partial<DriverContext> as DriverContext;
  return { cli: openCli(context, ACCESS, { answers, ...options }), seen };
}

describe('the output of a command', () => {
  it('is a refusal, a denial or a fault by the words of its first line', async () => {
    const said = (stdout: string, code = 1) => scripted([{ ...ok(stdout), code }]).cli.run('show');
    await expect(said('invalid command name "show"\n')).rejects.toBeInstanceOf(NotSupported);
    await expect(said('Permission denied\n')).rejects.toBeInstanceOf(AccessDenied);
    await expect(said('')).rejects.toThrow('exit status 1 without output');
    expect(await said('name\ninvalid command\n', 0)).toContain('name');
  });
});

describe('the connection', () => {
  it('that is refused is tried once, one that fails once a round', async () => {
    const refused = scripted([], () => {
      throw new AuthenticationFailed('wrong password');
    });
    for (const command of ['a', 'b']) {
      await expect(refused.cli.run(command)).rejects.toBeInstanceOf(AuthenticationFailed);
    }
    expect(refused.seen.connections).toBe(1);
    const failing = scripted([], () => {
      throw new BackendUnreachable('no route');
    });
    for (const command of ['a', 'b']) {
      await expect(failing.cli.run(command)).rejects.toBeInstanceOf(BackendUnreachable);
    }
    expect(failing.seen.connections).toBe(1);
  });

  it('that fails beside another interface is the fault of its commands', async () => {
    const fail = () => {
      throw new BackendUnreachable('no route');
    };
    const { cli } = scripted([], fail, { second: true });
    await expect(cli.run('show')).rejects.toThrow(InvalidResponse);
  });
});
