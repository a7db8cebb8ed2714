/** Names that an array made up become no files here and no commands there. */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellQuote } from 'delfin-agent/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileOf } from '../../drivers/ibm-storwize_svc/statistics.ts';

const ROOT = join(import.meta.dirname, '../..');
const HOSTILE = [
  '../../etc/passwd',
  '/etc/passwd',
  'a\nreboot',
  'a;reboot',
  '$(reboot)',
  '`reboot`',
  "a'b",
  "';reboot;'",
  'a"b',
  '-rf',
  '*',
  '~',
  '!1',
  '#',
  '\\',
  "\\'",
  '',
  ' ',
  'ü'.repeat(4_096),
];

describe('a name of an array', () => {
  it('is one word of a command, whatever it holds', () => {
    const texts = fc.sample(
      fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => !text.includes('\0')),
      { seed: 3, numRuns: 200 },
    );
    const words = [...HOSTILE, ...texts].map((text) => text.toWellFormed());
    const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map(shellQuote).join(' ')}`]);
    expect(printed.toString('utf8').split('\0').slice(0, -1)).toEqual(words);
  });

  it('of a file is asked for only if it is exactly what such files are called', () => {
    const good = 'Nv_stats_CAY0009_160506_123456';
    expect(fileOf(good)?.name).toBe(good);
    for (const text of HOSTILE.filter((one) => one !== '')) {
      const names = [text, `${good}${text}`, `${text}${good}`];
      // Letters, digits, dots and dashes are what a panel may be called.
      if (!/^[\w.-]+$/.test(text)) names.push(`Nv_stats_${text}_160506_123456`);
      for (const name of names) expect([name, fileOf(name)]).toEqual([name, undefined]);
    }
  });

  it('reaches no file of this machine: drivers and transports only read those that are configured', () => {
    const imports = ['drivers', 'src/driver'].flatMap((folder) =>
      globSync(`${folder}/**/*.ts`, { cwd: ROOT }).flatMap((file) =>
        Array.from(
          readFileSync(join(ROOT, file), 'utf8').matchAll(
            /import \{([^}]*)\} from 'node:(fs|fs\/promises|child_process)'/g,
          ),
          ([, names = '', module = '']) => `${file} ${module}: ${names.trim()}`,
        ),
      ),
    );
    expect(
      imports.filter((line) => !/ (fs|fs\/promises): (type )?(readFileSync|readFile)$/.test(line)),
    ).toEqual([]);
    expect(imports).not.toEqual([]);
  });
});
