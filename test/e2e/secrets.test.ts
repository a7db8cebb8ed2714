/** No secret leaves the agent: every driver against its simulator, whether all goes well or nothing does. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { runAgent, startAgent, workspace, type Workspace } from '../kit/agent.ts';
import { eventually } from '../kit/ports.ts';
import { startReceiver } from '../kit/receiver.ts';
import {
  CANARY_PASSWORD,
  type Scenario,
  type Simulator,
  type SimulatorDefinition,
} from '../kit/simulator.ts';

const SIMULATORS = join(import.meta.dirname, '../simulators');
const FOLDERS = readdirSync(SIMULATORS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const TOKEN = 'c4nary-t0ken!';
const PATIENT_MS = 120_000;

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

/** How a secret may be written where it should not be; accounts go before it in Basic authentication. */
function formsOf(secret: string, users: readonly string[]): string[] {
  const base64 = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '');
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('hex'),
    base64(secret),
    ...users.map((user) => base64(`${user}:${secret}`)),
  ];
}

function usersIn(access: unknown): string[] {
  if (typeof access !== 'object' || access === null) return [];
  return Object.entries(access).flatMap(([key, value]) =>
    key === 'username' && typeof value === 'string' ? [value] : usersIn(value),
  );
}

describe('no password and no token is told', () => {
  it.each<[Scenario, string, string]>([
    ['normal', 'debug', 'json'],
    ['badpassword', 'debug', 'logfmt'],
    ['locked', 'info', 'json'],
    ['garbage', 'debug', 'logfmt'],
  ])(
    'by arrays that are %s, at level %s as %s',
    async (scenario, level, format) => {
      await using stack = new AsyncDisposableStack();
      const receiver = stack.use(await startReceiver());
      const simulators: Simulator[] = [];
      const backends: Record<string, unknown>[] = [];
      for (const folder of FOLDERS) {
        const { simulator } = (await import(`${SIMULATORS}/${folder}/index.ts`)) as {
          simulator: SimulatorDefinition;
        };
        const running = stack.use(await simulator.start({ scenario, seed: 3 }));
        simulators.push(running);
        const { vendor, model } = simulator;
        backends.push({ name: folder, vendor, model, ...running.access });
      }
      const file = space.write(
        `${scenario}.yaml`,
        stringify({
          alert_output: { file: `./${scenario}.jsonl`, stdout: true },
          otlp: {
            endpoint: receiver.endpoint,
            protocol: 'http/json',
            export_interval: '1h',
            headers: { authorization: `Bearer ${TOKEN}` },
          },
          backends,
        }),
      );
      const args = ['--log.level', level, '--log.format', format];
      const agent = await startAgent(file, { args });
      stack.use(agent);
      await eventually(
        'the first round of all',
        async () => ((await agent.get('/-/ready')).status === 200 ? true : undefined),
        PATIENT_MS,
      );
      await eventually(
        'exports',
        () => (receiver.bodies().length > 0 ? true : undefined),
        PATIENT_MS,
      );
      const paths = ['/', '/config', '/api/v1/status', '/metrics', '/sd', '/-/ready', '/nothing'];
      const pages = await Promise.all(paths.map((path) => agent.get(path)));
      const argv = readFileSync(`/proc/${agent.process.pid}/cmdline`, 'utf8');
      const commands = [];
      for (const command of [
        ['check'],
        ['inspect', 'huawei-oceanstor'],
        ['alerts', 'list', 'hpe-3par'],
      ]) {
        commands.push(await runAgent([...command, '--config.file', file, ...args]));
      }
      await agent[Symbol.asyncDispose]();
      const told = [
        JSON.stringify(pages.map(({ text, headers }) => [text, [...headers]])),
        ...[...receiver.bodies(), ...receiver.logBodies()].map((body) => JSON.stringify(body)),
        argv,
        JSON.stringify(commands),
        agent.output(),
        scenario === 'normal' ? readFileSync(join(space.folder, 'normal.jsonl'), 'utf8') : '',
      ];
      // What was looked through is what there is to look through.
      expect(pages[0]?.text).toContain('huawei-oceanstor');
      expect(agent.output()).toContain('ibm-storwize_svc');
      expect(receiver.requests[0]?.headers['authorization']).toBe(`Bearer ${TOKEN}`);
      const users = usersIn(simulators.map(({ access }) => access));
      expect(users.length).toBeGreaterThanOrEqual(FOLDERS.length);
      for (const form of [...formsOf(CANARY_PASSWORD, users), ...formsOf(TOKEN, [])]) {
        for (const [index, text] of told.entries()) {
          const at = text.indexOf(form);
          expect(at < 0 ? '' : `${index}: ${text.slice(Math.max(0, at - 200), at + 40)}`).toBe('');
        }
      }
    },
    400_000,
  );
});
