import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerChannel } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBudget } from '../../src/driver/budget.ts';
import type { SshAccess } from '../../src/driver/access.ts';
import { errorType, InvalidResponse, SessionExpired } from '../../src/driver/errors.ts';
import type { ServerIdentity, TellIdentity } from '../../src/driver/identity.ts';
import { withSignal } from '../../src/driver/scope.ts';
import { Secret } from '../../src/driver/secret.ts';
import { createSsh } from '../../src/driver/ssh.ts';
import { shellQuote } from '../../src/driver/transports.ts';
import { hasSshd, startSshd, type Sshd } from '../kit/sshd.ts';

const scopeOf = () => ({
  signal: new AbortController().signal,
  budget: createBudget(2),
  traffic: { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 },
  maxInFlight: 2,
});
const escape = (words: string) => words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

if (!hasSshd()) console.log('skipped: OpenSSH server is not installed (openssh-server)');

describe.skipIf(!hasSshd())('the SSH transport against OpenSSH', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.[Symbol.asyncDispose]());

  const open = (access: Partial<SshAccess> = {}, onIdentity: TellIdentity = () => {}) =>
    createSsh(
      {
        host: '127.0.0.1',
        port: sshd.port,
        username: sshd.username,
        private_key: sshd.privateKey,
        host_key: sshd.hostKey,
        ...access,
      },
      {},
      { ...scopeOf(), onIdentity },
    );
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
    const line = `ssh.host_key: "${sshd.hostKey.split(' ').slice(0, 2).join(' ')}"`;
    await expect(open({ host_key: other })).rejects.toThrow(
      new RegExp(
        `host key ${escape(sshd.hostFingerprint)} is not .* no password was sent.*set ${escape(line)}`,
      ),
    );
    await expect(open({ host_key: '' })).rejects.toThrow(
      new RegExp(`no host key is known .* no password was sent.*set ${escape(line)}`),
    );
  });

  it('tells the key that the host has shown, and what decided whether it was believed', async () => {
    const [type = '', key = ''] = sshd.hostKey.split(' ');
    const other = `${type} ${Buffer.alloc(51, 7).toString('base64')}`;
    for (const [host_key, by, accepted] of [
      [sshd.hostKey, 'host_key', true],
      [other, 'host_key', false],
      ['', 'none', false],
    ] as const) {
      const shown: ServerIdentity[] = [];
      const opened = open({ host_key }, (one) => void shown.push(one));
      await opened.then(
        (ssh) => ssh.close(),
        () => {},
      );
      const server = `127.0.0.1:${sshd.port}`;
      expect(shown).toEqual([
        { server, key: 'ssh.host_key', value: `${type} ${key}`, accepted, by },
      ]);
    }
  });

  it('finds the host in a known_hosts file with hashed names', async () => {
    const known = join(sshd.folder, 'hashed_hosts');
    writeFileSync(known, `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', known], { stdio: 'ignore' });
    expect(readFileSync(known, 'utf8')).toMatch(/^\|1\|/);
    const { host_key: _, ...access } = { host_key: '', known_hosts: known };
    const ssh = await open({ ...access, host_key: '' });
    await ssh.close();
  });

  it('takes the exit status as the proof that an output is whole', async () => {
    const ssh = await open();
    await expect(ssh.exec('echo one; kill -9 $$')).rejects.toThrow(
      /"echo one; kill .*ended by SIGKILL; its output may be cut off/,
    );
    expect(await failure(ssh.exec('echo one; kill -9 $$'))).toBe('invalid_response');
    expect((await ssh.exec('echo still here')).stdout).toBe('still here\n');
    await ssh.close();
  });

  it('bounds the length of a line and says whose limit ended a command', async () => {
    const ssh = await open();
    await expect(
      ssh.exec(`printf 'short\n'; head -c 2000000 /dev/zero | tr '\\0' ' '`),
    ).rejects.toThrow(/a line of more than 1048576 bytes/);
    const many = await ssh.exec(`yes ${'x'.repeat(99)} | head -n 20000`);
    expect(many.stdout).toHaveLength(2_000_000);
    await expect(ssh.exec('sleep 30', { timeoutMs: 200 })).rejects.toThrow(
      /"sleep 30": no complete answer within 0\.2 s/,
    );
    await expect(withSignal(AbortSignal.timeout(200), () => ssh.exec('sleep 30'))).rejects.toThrow(
      /"sleep 30": the time of the whole call ended/,
    );
    await ssh.close();
  });

  it('gives up an output of 200 MB at the bound, and goes on', async () => {
    const ssh = await open();
    await expect(ssh.exec('yes | head -c 200000000')).rejects.toThrow(/more than 67108864 bytes/);
    expect((await ssh.exec('echo still here')).stdout).toBe('still here\n');
    await ssh.close();
  });

  it('explains a port where nothing listens', async () => {
    await expect(open({ port: 1 })).rejects.toThrow(/127\.0\.0\.1:1: refused: nothing listens/);
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

/** Algorithms of old systems, as OpenSSH names them; each server has these only. */
const OLD_SYSTEMS = [
  ['diffie-hellman-group1-sha1', ['KexAlgorithms diffie-hellman-group1-sha1']],
  ['diffie-hellman-group14-sha1', ['KexAlgorithms diffie-hellman-group14-sha1']],
  ['diffie-hellman-group-exchange-sha1', ['KexAlgorithms diffie-hellman-group-exchange-sha1']],
  ['aes128-cbc', ['Ciphers aes128-cbc']],
  ['3des-cbc and hmac-md5', ['Ciphers 3des-cbc', 'MACs hmac-md5']],
] as const;

describe.skipIf(!hasSshd())('servers with few algorithms', () => {
  const connect = (sshd: Sshd, access: Partial<SshAccess> = {}) =>
    createSsh(
      {
        host: '127.0.0.1',
        port: sshd.port,
        username: sshd.username,
        private_key: sshd.privateKey,
        host_key: sshd.hostKey,
        ...access,
      },
      {},
      scopeOf(),
    );

  it.each(OLD_SYSTEMS)('reaches an old system with %s by opt-in only', async (_, lines) => {
    await using sshd = await startSshd({ lines });
    await expect(connect(sshd)).rejects.toThrow(/set ssh\.legacy_algorithms: true/);
    const ssh = await connect(sshd, { legacy_algorithms: true });
    expect((await ssh.exec('echo old')).stdout).toBe('old\n');
    await ssh.close();
  });

  it.each([
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group18-sha512',
  ])('logs in where there is only %s', async (kex) => {
    await using sshd = await startSshd({ lines: [`KexAlgorithms ${kex}`, 'Ciphers aes256-ctr'] });
    const ssh = await connect(sshd);
    expect((await ssh.exec('echo in')).stdout).toBe('in\n');
    await ssh.close();
  });

  it('asks a host that has several keys for the one that is configured', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'delfin-key-'));
    const second = join(folder, 'second');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', second]);
    await using sshd = await startSshd({ hostKeyType: 'rsa', lines: [`HostKey ${second}`] });
    const ssh = await connect(sshd);
    expect((await ssh.exec('true')).code).toBe(0);
    await ssh.close();
    rmSync(folder, { recursive: true });
  });
});

describe('a hostile server', () => {
  /** An SSH packet before encryption. */
  const packet = (payload: Buffer) => {
    const padding = 8 - ((payload.length + 5) % 8) + 8;
    const head = Buffer.alloc(5);
    head.writeUInt32BE(payload.length + padding + 1);
    head[4] = padding;
    return Buffer.concat([head, payload, Buffer.alloc(padding)]);
  };
  const text = (value: Buffer | string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(value));
    return Buffer.concat([length, Buffer.from(value)]);
  };

  it('can not hold the thread with the test of a large prime', async () => {
    const asked: number[][] = [];
    const lists = [
      'diffie-hellman-group-exchange-sha256',
      'ssh-ed25519',
      'aes256-ctr',
      'aes256-ctr',
      'hmac-sha2-256',
      'hmac-sha2-256',
      'none',
      'none',
      '',
      '',
    ];
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('SSH-2.0-hostile\r\n');
      socket.write(
        packet(
          Buffer.concat([Buffer.from([20]), Buffer.alloc(16), ...lists.map(text), Buffer.alloc(5)]),
        ),
      );
      let received = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        const at = received.indexOf(Buffer.from([34]), received.length - 24);
        if (at < 0 || asked.length > 0) return;
        asked.push([1, 5, 9].map((offset) => received.readUInt32BE(at + offset)));
        const prime = Buffer.concat([Buffer.from([0]), Buffer.alloc(1024, 0xff)]);
        socket.write(
          packet(Buffer.concat([Buffer.from([31]), text(prime), text(Buffer.from([2]))])),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as AddressInfo;
    await expect(
      createSsh({ host: '127.0.0.1', port, username: 'u', insecure: true }, {}, scopeOf()),
    ).rejects.toThrow(/the server names a prime of 8192 bits, not 2048 to 4096/);
    expect(asked).toEqual([[2048, 2048, 4096]]);
    server.close();
  });
});

describe('a connection shared by several lists', () => {
  /** A server of the library: `answer` decides what becomes of each command. */
  async function serverOf(
    answer: (command: string, accept: () => ServerChannel, reject: () => void) => void,
  ) {
    const { default: ssh2 } = await import('ssh2');
    const host = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
    const counts = { logins: 0 };
    const server = new ssh2.Server({ hostKeys: [host.private] }, (connection) => {
      connection.on('error', () => {});
      connection.on('authentication', (context) => context.accept());
      connection.on('ready', () => {
        counts.logins += 1;
      });
      connection.on('session', (accept) => {
        accept().on('exec', (take, refuse, { command }) => answer(command, take, refuse));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as AddressInfo;
    const ssh = await createSsh(
      { host: '127.0.0.1', port, username: 'u', password: new Secret('p'), insecure: true },
      { channels: 2 },
      scopeOf(),
    );
    return {
      ssh,
      counts,
      [Symbol.asyncDispose]: async () => void (await ssh.close(), server.close()),
    };
  }

  it('lives on when the array refuses a command', async () => {
    const running = Promise.withResolvers<ServerChannel>();
    await using server = await serverOf((command, accept, reject) => {
      if (command === 'refused') return reject();
      running.resolve(accept());
    });
    const beside = server.ssh.exec('slow');
    const channel = await running.promise;
    const refused: unknown = await server.ssh.exec('refused').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidResponse);
    expect((refused as Error).message).toMatch(/"refused": refused \(/);
    channel.write('whole\n');
    channel.exit(0);
    channel.end();
    expect((await beside).stdout).toBe('whole\n');
    expect(server.counts.logins).toBe(1);
  });

  it('believes nothing of an output whose channel closes without an exit status', async () => {
    await using server = await serverOf((_, accept) => {
      const channel = accept();
      channel.write('one\n');
      channel.close();
    });
    await expect(server.ssh.exec('lsvdisk')).rejects.toThrow(
      /"lsvdisk": the channel closed without an exit status; its output may be cut off/,
    );
  });

  it('sends nothing more for a call that has ended while it waited', async () => {
    const commands: string[] = [];
    const first = Promise.withResolvers<ServerChannel>();
    await using server = await serverOf((command, accept) => {
      commands.push(command);
      const channel = accept();
      if (command === 'first') return first.resolve(channel);
      channel.exit(0);
      channel.end();
    });
    const call = new AbortController();
    const waiting = withSignal(call.signal, () =>
      Promise.allSettled(
        ['first', 'second', 'third', 'fourth'].map((each) => server.ssh.exec(each)),
      ),
    );
    await first.promise;
    call.abort(new Error('the call is over'));
    await waiting;
    const sent = commands.length;
    await server.ssh.exec('last');
    expect(commands.slice(sent)).toEqual(['last']);
    expect(commands).not.toContain('fourth');
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
