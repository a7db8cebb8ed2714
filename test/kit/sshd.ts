/** A real OpenSSH server on loopback, with keys of its own, for the user who runs the tests. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { connectable, freePort } from './ports.ts';

export const SSHD = '/usr/sbin/sshd';

export interface Sshd extends AsyncDisposable {
  readonly port: number;
  readonly username: string;
  /** File with the private key that it accepts. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  /** `SHA256:...` */
  readonly hostFingerprint: string;
  readonly folder: string;
}

/** Whether OpenSSH's server is installed here. */
export function hasSshd(): boolean {
  return existsSync(SSHD);
}

export interface SshdOptions {
  /** Further lines of its configuration. */
  readonly lines?: readonly string[];
  readonly hostKeyType?: 'ed25519' | 'rsa';
}

export async function startSshd({
  lines = [],
  hostKeyType = 'ed25519',
}: SshdOptions = {}): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'delfin-sshd-'));
  const key = (name: string, type: string) => {
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', join(folder, name)]);
    return join(folder, name);
  };
  const hostKeyFile = key('host', hostKeyType);
  const privateKey = key('client', 'ed25519');
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(`${privateKey}.pub`));
  chmodSync(join(folder, 'authorized_keys'), 0o600);
  const port = await freePort();
  writeFileSync(
    join(folder, 'sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKeyFile}`,
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      `PidFile ${join(folder, 'pid')}`,
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin yes',
      'StrictModes no',
      'Subsystem sftp internal-sftp',
      ...lines,
    ].join('\n'),
  );
  // Debian's sshd wants its privilege separation folder even if it is not run by systemd.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const server = spawn(SSHD, ['-D', '-e', '-f', join(folder, 'sshd_config')], { stdio: 'ignore' });
  await connectable(port, server);
  const hostKey = readFileSync(`${hostKeyFile}.pub`, 'utf8').trim();
  const blob = Buffer.from(hostKey.split(' ')[1] ?? '', 'base64');
  return {
    port,
    username: userInfo().username,
    privateKey,
    hostKey,
    hostFingerprint: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`,
    folder,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => {
        server.once('exit', resolve);
      });
      server.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
