/**
 * `node scripts/screenshots.ts`: draws the status pages in docs/images anew, over the arrays of
 * `npm run demo`. Needs Chromium.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { startAgent, workspace, type RunningAgent } from '../test/kit/agent.ts';
import { openPage, startBrowser } from '../test/kit/browser.ts';
import { eventually } from '../test/kit/ports.ts';
import { demoBackends, DOWN } from '../test/simulators/demo.ts';
import { with256Colours } from './png.ts';

const IMAGES = resolve(import.meta.dirname, '../docs/images');

await using stack = new AsyncDisposableStack();
const space = stack.use(workspace());
const backends = await demoBackends(stack);
const write = (all: readonly object[]) => space.write('delfin.yaml', stringify({ backends: all }));
const browser = stack.adopt(await startBrowser(), (started) => started.close());

async function draw(agent: RunningAgent, name: string, path: string, height: number) {
  await using opened = await openPage(browser, `${agent.url}${path}`, { width: 1_000, height });
  const file = join(IMAGES, `${name}.png`);
  const png = with256Colours(await opened.page.screenshot());
  writeFileSync(file, png);
  console.log(`${name}.png ${png.length}`);
}

const PATIENCE_MS = 300_000;

/** Resolves when so many arrays were read, by inventory and alerts. */
async function settled(agent: RunningAgent, count: number): Promise<void> {
  const read = async () => {
    const { text } = await agent.get('/api/v1/status');
    const { backends: all } = JSON.parse(text) as {
      backends: { up?: boolean; serial_number?: string; active_alerts?: object }[];
    };
    const isRead = ({ up, serial_number: serial, active_alerts: alerts }: (typeof all)[number]) =>
      up && serial && alerts;
    return all.filter(isRead).length === count || undefined;
  };
  await eventually('collections of every array', read, PATIENCE_MS);
}

const agent = stack.use(await startAgent(write(backends)));
await draw(agent, 'status-first-start', '/', 640);
await settled(agent, backends.length);
await draw(agent, 'status-healthy', '/', 640);
await draw(agent, 'status-array', '/arrays/ibm-storwize_svc', 1_500);
write([...backends, DOWN]);
await agent.get('/-/reload', { method: 'POST' });
await settled(agent, backends.length);
await draw(agent, 'status-one-down', '/', 640);
