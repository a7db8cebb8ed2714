/** The documents: their links lead somewhere, the names in them exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { CATALOG } from '../../src/telemetry/catalog.ts';
import { DROP_REASONS } from '../../src/traps/refused.ts';
import { runAgent } from '../kit/agent.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const markdown = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file));
const documents = [
  ...markdown('.'),
  ...markdown('docs'),
  ...readdirSync(join(ROOT, 'drivers')).flatMap((folder) => markdown(`drivers/${folder}`)),
];

const matches = (text: string, pattern: RegExp) =>
  Array.from(text.matchAll(pattern), ([, found = '']) => found);

/** Headings as GitHub makes anchors of them. */
const anchorsOf = (file: string) =>
  matches(read(file), /^#+ (.+)$/gm).map((heading) =>
    heading.toLowerCase().replaceAll(/[^\w -]/g, '').replaceAll(' ', '-'),
  ); // prettier-ignore

it.each(documents)('%s links to what is there', (file) => {
  const broken = matches(read(file), /\]\(([^)\s]+)\)/g).filter((link) => {
    if (/^(https?|mailto):/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : join(dirname(file), path);
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(broken).toEqual([]);
});

// docs/metrics.md is generated from the catalog, its labels too.
it.each(documents.filter((file) => file !== 'docs/metrics.md'))(
  '%s names metrics that there are',
  (file) => {
    const known = new Set(CATALOG.map(({ name }) => name));
    const inCode = matches(read(file), /`([^`\n]+)`/g).join(' ');
    const named = matches(inCode, /\b((?:delfin|storage)_[a-z_]+_(?:total|bytes|seconds|ratio|up|active|info|status))\b(?!\*)/g); // prettier-ignore
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  },
);

it('docs/alerts.md explains every reason for which a trap or an alert is lost', () => {
  const explained = new Set(
    read('docs/alerts.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => matches(line.split('|')[1] ?? '', /`(\w+)`/g)),
  );
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => read(join('src', file)))
    .join('\n');
  const lost = matches(sources, /'delfin_(?:alert|trap)_dropped_total', \['(\w+)'\]/g);
  expect(lost.length).toBeGreaterThan(4);
  const reasons = [...DROP_REASONS, 'other_array', ...lost];
  expect(reasons.filter((reason) => !explained.has(reason))).toEqual([]);
});

it('the commands in them exist', async () => {
  const all = documents.map(read).join('\n');
  const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
  const used = matches(all, /npm run (?:-s )?([a-z:]+)/g);
  expect(used.filter((name) => !scripts.includes(name))).toEqual([]);
  const commands = new Set(matches(all, /(?:delfin-agent|agent --) ((?:alerts|drivers|traps) [a-z]+|[a-z]+)(?= |`|$)/gm)); // prettier-ignore
  expect(commands.size).toBeGreaterThan(8);
  const helps = await Promise.all(
    [...commands].map(async (command) => {
      const { code, stdout } = await runAgent([...command.split(' '), '--help']);
      // A word that is no command is taken for an argument of `run`.
      const known = code === 0 && stdout.startsWith(`Usage: delfin-agent ${command} `);
      return known ? [] : [command];
    }),
  );
  expect(helps.flat()).toEqual([]);
});
