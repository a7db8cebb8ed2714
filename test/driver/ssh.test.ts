import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBudget } from '../../src/driver/budget.ts';
import type { SshAccess } from '../../src/driver/access.ts';
import { errorType, SessionExpired } from '../../src/driver/errors.ts';
import { withSignal } from '../../src/driver/scope.ts';
import { Secret } from '../../src/driver/secret.ts';
import { createSsh } from '../../src/driver/ssh.ts';
import { shellQuote } from '../../src/driver/transports.ts';
import { hasSshd, startSshd, type Sshd } from '../kit/sshd.ts';

if (!hasSshd()) console.log('skipped: OpenSSH server is not installed (openssh-server)');

describe.skipIf(!hasSshd())('the SSH transport against OpenSSH', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.[Symbol.asyncDispose]());

  const open = (access: Partial<SshAccess> = {}) => {
    const traffic = { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 };
    return createSsh(
      {
        host: '127.0.0.1',
        port: sshd.port,
        username: sshd.username,
        private_key: sshd.privateKey,
        host_key: sshd.hostKey,
        ...access,
      },
      {},
      { signal: new AbortController().signal, budget: createBudget(2), traffic, maxInFlight: 2 },
    );
  };
  const failure = async (work: Promise<unknown>) =>
    errorType(
      await work.then(
        () => undefined,
        (error: unknown) => error,
      ),
    );

  it('runs commands: output, errors, exit status, input', async () => {
    const ssh = await open();
    const result = await ssh.exec(
      `printf %s ${shellQuote(`it's "so"; $HOME`)}; echo bad >&2; exit 3`,
    );
    expect(result).toEqual({ stdout: `it's "so"; $HOME`, stderr: 'bad\n', code: 3 });
    expect((await ssh.exec('cat', { input: 'ümläut' })).stdout).toBe('ümläut');
    await ssh.close();
  });

  it('trusts a key, a fingerprint and a known_hosts file, and nothing else', async () => {
    const known = join(sshd.folder, 'known_hosts');
    writeFileSync(known, `# comment\n[127.0.0.1]:${sshd.port},other ${sshd.hostKey}\n`);
    const { host_key: _, ...rest } = { host_key: '' };
    for (const trust of [{ host_key: sshd.hostFingerprint }, { known_hosts: known }]) {
      const ssh = await open({
        ...rest,
        ...('known_hosts' in trust ? { host_key: '' } : {}),
        ...trust,
      });
      expect((await ssh.exec('true')).code).toBe(0);
      await ssh.close();
    }
    const other = `${sshd.hostKey.split(' ')[0]} ${Buffer.alloc(51, 7).toString('base64')}`;
    await expect(open({ host_key: other })).rejects.toThrow(
      /host key SHA256:.* no password was sent/,
    );
    await expect(open({ host_key: '' })).rejects.toThrow(/no host key is known/);
  });

  it('says what went wrong by class', async () => {
    expect(await failure(open({ username: 'nobody-here' }))).toBe('authentication');
    expect(await failure(open({ port: 1 }))).toBe('unreachable');
    const ssh = await open();
    expect(await failure(ssh.exec('sleep 30', { timeoutMs: 200 }))).toBe('timeout');
    expect(await failure(ssh.exec('yes', { maxBytes: 10_000 }))).toBe('invalid_response');
    expect(await failure(ssh.readFile('/no/such/file'))).toBe('invalid_response');
    expect((await ssh.exec('echo still here')).stdout).toBe('still here\n');
    await ssh.close();
    expect(await failure(ssh.exec('true'))).toBe('session_expired');
  });

  it('reads folders and files by SFTP, up to a size', async () => {
    const folder = join(sshd.folder, 'dumps');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a b.xml'), 'x'.repeat(70_000));
    const ssh = await open();
    expect((await ssh.readdir(folder)).map(({ name, size }) => [name, size])).toEqual([
      ['a b.xml', 70_000],
    ]);
    expect((await ssh.readFile(join(folder, 'a b.xml'))).length).toBe(70_000);
    expect(await failure(ssh.readFile(join(folder, 'a b.xml'), { maxBytes: 1_000 }))).toBe(
      'invalid_response',
    );
    await ssh.close();
  });

  it('ends with the running call, and a lost connection is an expired session', async () => {
    const ssh = await open();
    const call = new AbortController();
    const running = withSignal(call.signal, () => ssh.exec('sleep 30'));
    call.abort(new Error('the call is over'));
    await expect(running).rejects.toThrow('the call is over');
    await expect(ssh.exec('kill -9 $PPID')).rejects.toBeInstanceOf(SessionExpired);
    await ssh.close();
  });
});

describe('logging in', () => {
  /** A server of the library that takes a password in the forms given, and counts what it refuses. */
  async function serverOf(forms: readonly ('password' | 'keyboard-interactive')[], names: boolean) {
    const { default: ssh2 } = await import('ssh2');
    const host = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
    const counts = { refused: 0 };
    const server = new ssh2.Server({ hostKeys: [host.private] }, (connection) => {
      connection.on('error', () => {});
      connection.on('authentication', (context) => {
        const reject = () => (names ? context.reject([...forms]) : context.reject());
        if (context.method === 'password' && forms.includes('password')) {
          if (context.password === 'right') return context.accept();
          counts.refused += 1;
        }
        if (context.method === 'keyboard-interactive' && forms.includes('keyboard-interactive')) {
          return context.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) => {
            if (answer === 'right') return context.accept();
            counts.refused += 1;
            return reject();
          });
        }
        return reject();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as { port: number };
    const login = (password: string) => {
      const traffic = { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 };
      return createSsh(
        { host: '127.0.0.1', port, username: 'u', password: new Secret(password), insecure: true },
        {},
        { signal: new AbortController().signal, budget: createBudget(2), traffic, maxInFlight: 2 },
      );
    };
    return { login, counts, close: () => server.close() };
  }

  it.each([
    [['password'], true],
    [['password'], false],
    [['keyboard-interactive'], true],
    [['password', 'keyboard-interactive'], true],
  ] as const)(
    'offers the password once to a server that takes %j (named: %s)',
    async (forms, names) => {
      const server = await serverOf(forms, names);
      const ssh = await server.login('right');
      await ssh.close();
      await expect(server.login('wrong')).rejects.toThrow(/login refused for user u/);
      expect(server.counts.refused).toBe(1);
      server.close();
    },
  );
});
