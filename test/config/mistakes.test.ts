/** What can't work is refused before anything is started, with its line and the value that would be right. */
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { MISTAKES } from './mistakes-table.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'delfin-mistakes-'));
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
  cpSync(new URL('../kit/tls/cert.pem', import.meta.url), join(folder, 'cert.pem'));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  write('other.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  write('broken.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
  write('two-lines', 'one-hidden\ntwo\n');
  write('known_hosts', 'elsewhere ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA\n');
  write('web.yaml', 'basic_auth_users: { prometheus: hidden }\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a configuration that cannot work', () => {
  it('is told in more than a hundred kinds', () => {
    expect(MISTAKES.length).toBeGreaterThan(100);
  });

  it.each(MISTAKES)(
    'with %s is refused with its line and advice',
    async (_, content, line, words) => {
      const file = join(folder, 'config.yaml');
      writeFileSync(file, content);
      const { loaded, problems } = await loadConfig([file], {});
      expect(loaded).toBeUndefined();
      const said = problems.map((problem) => `${problem.line}: ${problem.message}`).join('\n');
      expect(
        problems.some((problem) => problem.line === line && words.test(problem.message)),
        said,
      ).toBe(true);
      // One mistake, one message, but for those of which there are two.
      expect(problems.length, said).toBeLessThanOrEqual(content.includes('rset') ? 2 : 1);
      for (const problem of problems) expect(problem.column).toBeGreaterThan(0);
      expect(said).not.toContain('hidden');
    },
  );
});
