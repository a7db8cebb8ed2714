import { createHash, X509Certificate } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runAgent } from '../kit/agent.ts';
import { CERTIFICATE_FILE, serve } from '../kit/http-server.ts';
import { hasSshd, startSshd } from '../kit/sshd.ts';

const trust = (target: string) => runAgent(['trust', target]);

describe('trust', () => {
  it('prints a certificate as the configuration takes it, and sends no request', async () => {
    let requests = 0;
    await using server = await serve((_, response) => {
      requests += 1;
      response.end();
    });
    const { code, stdout, stderr } = await trust(`127.0.0.1:${server.port}`);
    expect([code, stderr, requests]).toEqual([0, '', 0]);
    const [settings = '', pem = ''] = stdout.split(/(?=-----BEGIN)/);
    const { raw } = new X509Certificate(readFileSync(CERTIFICATE_FILE));
    expect(parse(settings)).toEqual({
      rest: { fingerprint: `sha256:${createHash('sha256').update(raw).digest('hex')}` },
    });
    expect(new X509Certificate(pem).raw.equals(raw)).toBe(true);
  });

  it.skipIf(!hasSshd())('prints every host key as the configuration takes it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'delfin-key-'));
    const second = join(folder, 'second');
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', second]);
    await using sshd = await startSshd({ lines: [`HostKey ${second}`] });
    const other = readFileSync(`${second}.pub`, 'utf8').split(' ')[1] ?? '';
    const { code, stdout } = await trust(`127.0.0.1:${sshd.port}`);
    expect(code).toBe(0);
    const key = sshd.hostKey.split(' ').slice(0, 2).join(' ');
    expect(parse(stdout)).toEqual({ ssh: { host_key: key } });
    expect(stdout).toContain(`  # host_key: "ssh-rsa ${other}"`);
    expect(stdout).toContain(`# ${sshd.hostFingerprint}`);
    rmSync(folder, { recursive: true });
  });

  it('says what is wrong and ends with 1', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}).end('nothing\n'));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', () => resolve()));
    const { port } = silent.address() as AddressInfo;
    for (const [target, message] of [
      ['127.0.0.1:1', /^127\.0\.0\.1:1: refused: nothing listens .*\n$/],
      [`127.0.0.1:${port}`, /does not speak TLS/],
      ['https://array', /is no host or host:port \(write no https:\/\/\)/],
      ['array:0', /is no host or host:port/],
    ] as const) {
      const { code, stdout, stderr } = await trust(target);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(message);
    }
    silent.close();
  });
});
