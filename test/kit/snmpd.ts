/** Debian's SNMP agent on loopback, with the file systems, interfaces and disks of this machine. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freeUdpPort } from './ports.ts';

export interface SnmpUser {
  readonly name: string;
  /** As the daemon writes it: MD5, SHA, SHA-256, ... */
  readonly auth: string;
  readonly authKey: string;
  /** DES, AES, AES-256. */
  readonly priv: string;
  readonly privKey: string;
}

export interface Snmpd extends AsyncDisposable {
  readonly port: number;
  readonly community: string;
}

export async function startSnmpd(users: readonly SnmpUser[] = []): Promise<Snmpd> {
  const folder = mkdtempSync(join(tmpdir(), 'delfin-snmpd-'));
  const port = await freeUdpPort();
  const community = 'c0mmunity-s3cret';
  writeFileSync(join(folder, 'snmpd.conf'), configuration(port, community, users));
  const server = spawn(
    '/usr/sbin/snmpd',
    ['-f', '-Le', '-C', '-c', join(folder, 'snmpd.conf'), '-I', '-smux', '-p', join(folder, 'pid')],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, SNMP_PERSISTENT_FILE: join(folder, 'persistent.conf'), MIBS: '' },
    },
  );
  let output = '';
  server.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const ended = new Promise((resolve) => {
    server.once('exit', resolve);
  });
  // The daemon says this once its socket is open.
  await eventually('snmpd', () => {
    if (server.exitCode !== null) throw new Error(`snmpd ended with ${server.exitCode}: ${output}`);
    return output.includes('NET-SNMP version') ? true : undefined;
  });
  return {
    port,
    community,
    async [Symbol.asyncDispose]() {
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configuration(port: number, community: string, users: readonly SnmpUser[]): string {
  return [
    `agentaddress udp:127.0.0.1:${port}`,
    `rocommunity ${community} 127.0.0.1`,
    'sysName nas-under-test',
    'sysLocation rack 7',
    'includeAllDisks 10%',
    ...users.map(
      ({ name, auth, authKey, priv, privKey }) =>
        `createUser ${name} ${auth} ${authKey} ${priv} ${privKey}`,
    ),
    ...users.map(({ name }) => `rouser ${name} priv`),
    '',
  ].join('\n');
}
