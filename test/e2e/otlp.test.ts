/** The agent as a process, and receivers that misbehave. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgent, workspace, type Workspace } from '../kit/agent.ts';
import { parseExposition, valueOf } from '../kit/exposition.ts';
import { eventually } from '../kit/ports.ts';
import { startReceiver, type Behaviour } from '../kit/receiver.ts';

const TOKEN = 't0ken-c4nary';

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

let files = 0;
function configure(endpoint: string, more = ''): string {
  files += 1;
  return space.write(
    `otlp-${files}.yaml`,
    `otlp: { endpoint: "${endpoint}", protocol: http/json, export_interval: 1s, timeout: 1s, headers: { authorization: "Bearer ${TOKEN}" } }
backends:
  - { name: a, vendor: fake_storage, model: fake_driver, performance: { interval: 1s }, fake: { volumes: 2, sample_interval: 1 } }
${more}`,
  );
}

const SILENT: readonly (readonly [string, Behaviour])[] = [
  ['drips', { kind: 'drip' }],
  ['hangs', { kind: 'hang' }],
  ['resets', { kind: 'reset' }],
  ['asks for a long pause', { kind: 'status', status: 503, headers: { 'retry-after': '300' } }],
];

describe('SIGTERM while the receiver', () => {
  it.each(SILENT)('%s ends the agent within ten seconds', async (_, behaviour) => {
    await using receiver = await startReceiver();
    receiver.always(behaviour);
    await using agent = await startAgent(configure(receiver.endpoint));
    await eventually('an attempt', () => (receiver.requests.length > 0 ? true : undefined));
    agent.process.kill('SIGTERM');
    expect(await agent.exited).toBe(0);
  });
});

describe('a receiver that refuses', () => {
  it('costs its batches, counted and told, and nothing else; the token is nowhere', async () => {
    await using receiver = await startReceiver();
    receiver.always({ kind: 'status', status: 401 });
    await using agent = await startAgent(configure(receiver.endpoint), {
      args: ['--log.level', 'debug'],
    });
    await agent.ready();
    await eventually('a count', async () => {
      const samples = parseExposition((await agent.get('/metrics')).text);
      const dropped = valueOf(samples, 'delfin_otlp_dropped_items_total', {
        delfin_signal: 'metrics',
        delfin_reason: 'refused',
      });
      const failed = valueOf(samples, 'delfin_otlp_export_errors_total', {
        delfin_signal: 'metrics',
        error_type: '401',
      });
      return (dropped ?? 0) > 0 && (failed ?? 0) > 0 ? true : undefined;
    });
    expect(receiver.requests[0]?.headers['authorization']).toBe(`Bearer ${TOKEN}`);
    const failures = async () =>
      (
        JSON.parse((await agent.get('/api/v1/status')).text) as {
          export_failures: { signal: string }[];
        }
      ).export_failures.filter(({ signal }) => signal === 'metrics');
    await eventually('it is on the status page', async () =>
      (await failures()).length > 0 ? true : undefined,
    );
    expect(await failures()).toContainEqual(
      expect.objectContaining({
        signal: 'metrics',
        url: `${receiver.endpoint}/v1/metrics`,
        error_type: '401',
      }),
    );
    expect((await agent.get('/')).text).toContain(`${receiver.endpoint}/v1/metrics`);
    receiver.always({ kind: 'take' });
    await eventually('it is no more', async () =>
      (await failures()).length === 0 ? true : undefined,
    );
    await eventually('points', () => (receiver.values().length > 0 ? true : undefined));
    const pages = ['/', '/metrics', '/config', '/sd', '/api/v1/status'];
    const texts = await Promise.all(pages.map(async (path) => (await agent.get(path)).text));
    for (const text of [...texts, agent.output()]) expect(text).not.toContain(TOKEN);
    expect(agent.output()).toContain('the OTLP receiver refuses batches');
  });
});
