import {
  AccessDenied,
  InvalidResponse,
  openCli,
  SessionExpired,
  wholeOutput,
  type Answer,
  type DriverContext,
  type SshClient,
  type SshResult,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';

/** What a command does: prints, throws, or ends the connection with all that runs on it. */
type Behaviour = () => SshResult | 'drops' | Error;

const printed = (stdout: string): SshResult => ({ stdout, stderr: '', code: 0 });

/** Connections on which each command takes a moment, so that commands overlap. */
function array(commands: Readonly<Record<string, Behaviour>>) {
  const count = { connections: 0, commands: [] as string[], closed: 0 };
  async function connect(): Promise<SshClient> {
    count.connections += 1;
    let drop: (reason: Error) => void = () => {};
    const dropped = new Promise<never>((_resolve, reject) => {
      drop = reject;
    });
    dropped.catch(() => undefined);
    const run = async (command: string): Promise<SshResult> => {
      count.commands.push(command);
      await new Promise((resolve) => setImmediate(resolve));
      const result = commands[command]?.() ?? printed('');
      if (result === 'drops') {
        drop(new SessionExpired('the connection was closed by the array'));
        return await dropped;
      }
      if (result instanceof Error) throw result;
      return result;
    };
    return {
      exec: (command) => Promise.race([run(command), dropped]),
      readdir: () => Promise.reject(new Error('none')),
      readFile: () => Promise.reject(new Error('none')),
      close: () => {
        count.closed += 1;
        return Promise.resolve();
      },
    };
  }
  const pause = () => Promise.resolve();
  const context = { ssh: connect, pause } as unknown as DriverContext;
  const answers = (result: SshResult, command: string): Answer<string> =>
    result.stderr === 'role\n'
      ? { meaning: 'denied', code: 'role', text: 'not sufficient' }
      : { meaning: 'ok', body: wholeOutput(result, command) };
  return { count, cli: openCli(context, { host: 'h', username: 'u' }, { answers }) };
}

const outcome = (work: Promise<unknown>) =>
  work.then(
    (value) => value,
    (error: unknown) => error,
  );

describe('the command line of the driver kit', () => {
  it('a command that always costs the connection costs its own repeats, not the answers beside it', async () => {
    const { cli, count } = array({ poison: () => 'drops', lsgood: () => printed('good\n') });
    const [bad, good] = await Promise.all([outcome(cli.run('poison')), outcome(cli.run('lsgood'))]);
    expect(bad).toBeInstanceOf(InvalidResponse);
    expect(good).toBe('good\n');
    // With others, alone on a connection that others had used, and alone on a new one.
    expect(count.commands.filter((command) => command === 'poison')).toHaveLength(3);
    expect(await cli.run('lsgood')).toBe('good\n');
    expect(count.connections).toBe(4);
  });

  it('what may have cost the connection is repeated alone', async () => {
    let drops = 1;
    let together = 0;
    let most = 0;
    const slow = () => {
      together -= 1;
      return drops-- > 0 ? 'drops' : printed('x\n');
    };
    const { cli } = array({ a: slow, b: slow, c: slow });
    const counted = async (command: string) => {
      together += 1;
      most = Math.max(most, together);
      return await cli.run(command);
    };
    expect(await Promise.all(['a', 'b', 'c'].map(counted))).toEqual(['x\n', 'x\n', 'x\n']);
    expect(most).toBe(3);
  });

  it('a system that ends a connection after some commands costs no answer', async () => {
    let left = 2;
    const few = () => {
      if (left-- > 0) return printed('x\n');
      left = 2;
      return 'drops';
    };
    const { cli } = array({ a: few, b: few, c: few, d: few, e: few });
    const all = ['a', 'b', 'c', 'd', 'e', 'a', 'b'].map((command) => cli.run(command));
    expect(await Promise.all(all)).toEqual(Array.from(all, () => 'x\n'));
  });

  it('a refused channel costs its command, not the connection', async () => {
    const refusal = new InvalidResponse('"x": refused (open failed)');
    const { cli, count } = array({ x: () => refusal, lsgood: () => printed('good\n') });
    expect(await outcome(cli.run('x'))).toBeInstanceOf(InvalidResponse);
    expect(await cli.run('lsgood')).toBe('good\n');
    expect([count.connections, count.closed]).toEqual([1, 0]);
  });

  it('an output without exit status or that ends inside a line is asked for once more, then broken', async () => {
    const answers = [{ stdout: '', stderr: '', code: undefined }, printed('whole\n')];
    const { cli, count } = array({
      lsonce: () => answers.shift() ?? printed('whole\n'),
      lsalways: () => printed('id na'),
    });
    expect(await cli.run('lsonce')).toBe('whole\n');
    expect(await outcome(cli.run('lsalways'))).toBeInstanceOf(InvalidResponse);
    expect(count.commands).toEqual(['lsonce', 'lsonce', 'lsalways', 'lsalways']);
  });

  it('a table that can not be read is asked for once more', async () => {
    const answers = ['<html>\n', 'id\n1\n'];
    const { cli } = array({ lsx: () => printed(answers.shift() ?? '') });
    const read = (output: string) => {
      if (!output.startsWith('id')) throw new InvalidResponse('no table');
      return output.split('\n').length;
    };
    expect(await cli.run('lsx', { read })).toBe(3);
  });

  it('what changes the array is sent once', async () => {
    const { cli, count } = array({ chx: () => 'drops' });
    expect(await outcome(cli.run('chx', { writes: true }))).toBeInstanceOf(InvalidResponse);
    expect(count.commands).toEqual(['chx']);
  });

  it('a command that the account may not run is not repeated', async () => {
    const { cli, count } = array({ lsx: () => ({ stdout: '', stderr: 'role\n', code: 1 }) });
    expect(await outcome(cli.run('lsx'))).toBeInstanceOf(AccessDenied);
    expect(count.commands).toEqual(['lsx']);
  });
});
