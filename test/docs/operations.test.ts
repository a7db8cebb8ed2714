/** What an operator would search for hours: the documents say it, and what they show works. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { workspace } from '../kit/agent.ts';

const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');

it.each([
  ['health checks where there is TLS or a password', 'docs/web-config.md', /`delfin-agent health` asks.*https.*sends no password.*web_health: open/],
  ['v3 traps of a device that was reset', 'docs/alerts.md', /snmpEngineBoots.*`old_boots` until the agent is restarted/],
  ['a place for anchors', 'docs/configuration.md', /begin `x-` are not read/],
  ['an address that is of the link only', 'docs/operations.md', /link-local address is not followed/],
])('says: %s', (_what, file, words) => {
  expect(read(file).split('\n').filter((line) => words.test(line))).toHaveLength(1);
}); // prettier-ignore

it('the example with anchors is a configuration, and gives each array what it says', async () => {
  const [example = ''] = Array.from(
    read('docs/configuration.md').matchAll(/```yaml\n([\s\S]*?)```/g),
    ([, text = '']) => text,
  ).filter((text) => text.includes('<<: *fake'));
  using space = workspace();
  const { loaded, problems } = await loadConfig([space.write('config.yaml', example)]);
  expect(problems).toEqual([]);
  expect(loaded?.config.backends.map(({ name }) => name)).toEqual(['lab-1', 'lab-2']);
});
