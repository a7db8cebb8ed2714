/** Workers that a driver takes down: what they had handed over is delivered, once; the rest is counted. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgent, workspace, type Workspace } from '../kit/agent.ts';
import { parseExposition, type Sample } from '../kit/exposition.ts';
import { eventually } from '../kit/ports.ts';
import { startReceiver, type Receiver } from '../kit/receiver.ts';

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

/** Writes down each sample that it gives, and takes its thread down after the third. */
const driverOf = (end: string, notes: string) => `
import { appendFileSync, readFileSync } from 'node:fs';
import { defineDriver, Type } from 'delfin-agent/driver';
const NOTES = ${JSON.stringify(notes)};
const ALERTS = ['one', 'two', 'three'];
const metrics = { iops: { unit: 'IOPS', description: 'operations' } };
export default defineDriver({
  vendor: 'doomed',
  model: 'array',
  title: 'An array whose driver is broken',
  access: Type.Object({}),
  capabilities: () => ({ is_historic: false, resource_metrics: { storage: metrics } }),
  async open(access, context) {
    return {
      getStorage: async () => ({ name: 'doomed', vendor: 'Doomed Inc.', model: 'D1', status: 'normal' }),
      listStoragePools: async () => [],
      listVolumes: async () => [],
      listAlerts: async () =>
        ALERTS.map((id) => ({ alert_id: id, match_key: id, severity: 'Major', category: 'Fault' })),
      collectPerfMetrics: async (asked, start, end) => {
        const given = readFileSync(NOTES, 'utf8').split('\\n').length - 1;
        if (given === 3) {
          appendFileSync(NOTES, 'end\\n');
          ${end};
        }
        appendFileSync(NOTES, end + '\\n');
        return [{
          name: 'iops',
          labels: { storage_id: context.storageId, resource_type: 'storage', resource_id: 'doomed', type: 'RAW', unit: 'IOPS' },
          values: { [end]: given + 1 },
        }];
      },
      close: async () => {},
    };
  },
});
`;

/** Of all series of the name with these labels. */
function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>>,
): number {
  const wanted = Object.entries(labels);
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => wanted.every(([key, value]) => sample.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

const textOf = (attributes: readonly Attribute[], key: string) =>
  attributes.find((attribute) => attribute.key === key)?.value.stringValue ?? '';

/** State and key of each record of the array. */
function recordsOf(receiver: Receiver): string[] {
  const bodies = receiver.logBodies() as readonly {
    resourceLogs: { scopeLogs: { logRecords: { attributes: Attribute[] }[] }[] }[];
  }[];
  return bodies.flatMap(({ resourceLogs }) =>
    resourceLogs.flatMap(({ scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) =>
        logRecords.map(
          ({ attributes }) =>
            `${textOf(attributes, 'storage.alert.state')} ${textOf(attributes, 'storage.alert.match_key')}`,
        ),
      ),
    ),
  );
}

function samplesOf(receiver: Receiver): string[] {
  return receiver.bodies().flatMap(({ resourceMetrics }) =>
    (resourceMetrics ?? []).flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics
          .filter(({ name }) => name === 'storage.system.operations')
          .flatMap(({ gauge }) => gauge?.dataPoints ?? [])
          .filter(({ attributes }) => textOf(attributes, 'storage.system.name') === 'doomed')
          .map(({ timeUnixNano }) => timeUnixNano.slice(0, -6)),
      ),
    ),
  );
}

function resourcesOf(receiver: Receiver): Set<string> {
  const bodies = receiver.bodies() as readonly {
    resourceMetrics?: readonly {
      readonly resource?: { readonly attributes: readonly Attribute[] };
    }[];
  }[];
  const found = bodies.flatMap(({ resourceMetrics }) =>
    (resourceMetrics ?? []).map(({ resource }) => resource?.attributes ?? []),
  );
  return new Set(
    found
      .filter((attributes) => textOf(attributes, 'storage.system.name') === 'doomed')
      .map((attributes) => textOf(attributes, 'storage.system.model'))
      .filter((model) => model !== ''),
  );
}

describe('a driver that', () => {
  it.each([
    ['ends its thread', 'process.exit(1)'],
    ['spins', 'for (;;) {}'],
  ])(
    '%s costs nothing that was handed over: each sample and each alert arrives once',
    async (what, end) => {
      const name = what.replaceAll(' ', '-');
      const notes = `${space.folder}/${name}.txt`;
      writeFileSync(notes, '');
      const driver = space.write(`${name}.ts`, driverOf(end, notes));
      await using receiver = await startReceiver();
      receiver.always({ kind: 'status', status: 503 });
      const config = space.write(
        `${name}.yaml`,
        `workers: 4
otlp: { endpoint: "${receiver.endpoint}", protocol: http/json, export_interval: 1h }
drivers: [ ${JSON.stringify(driver)} ]
backends:
  - { name: doomed, vendor: doomed, model: array, performance: { interval: 1s }, alerts: { interval: 1s }, inventory: { interval: 1s } }
  - { name: good, vendor: fake_storage, model: fake_driver, alerts: { enabled: false } }
`,
      );
      await using agent = await startAgent(config);
      const given = () => readFileSync(notes, 'utf8').split('\n').slice(0, -1);
      const page = async () => parseExposition((await agent.get('/metrics')).text);
      // Back at work after its end.
      await eventually('its successor', () => (given().length >= 6 ? true : undefined), 60_000);
      receiver.always({ kind: 'take' });
      await eventually(
        'all samples',
        async () => {
          const lost = sumOf(await page(), 'delfin_otlp_dropped_items_total', {
            delfin_signal: 'metrics',
            delfin_reason: 'worker_lost',
          });
          return samplesOf(receiver).length + lost >= 5 ? true : undefined;
        },
        40_000,
      );
      await eventually('alerts', () => (recordsOf(receiver).length >= 3 ? true : undefined));
      const active = (await page()).filter(
        ({ name: metric, labels }) =>
          metric === 'storage_alert_active' && labels['storage_alert_severity'] === 'major',
      );
      expect(active.map(({ value }) => value)).toEqual([3]);
      agent.process.kill('SIGTERM');
      expect(await agent.exited).toBe(0);
      expect(recordsOf(receiver)).toEqual(['raised one', 'raised two', 'raised three']);
      const samples = samplesOf(receiver);
      expect(new Set(samples).size).toBe(samples.length);
      expect(samples).toEqual(expect.arrayContaining(given().slice(0, 3)));
      expect(samples).toEqual(samples.toSorted());
      expect([...resourcesOf(receiver)]).toEqual(['D1']);
    },
    120_000,
  );
});

describe('the queue', () => {
  it('has the whole bound, whatever the number of workers', async () => {
    await using receiver = await startReceiver();
    receiver.always({ kind: 'status', status: 503 });
    const backends = Array.from(
      { length: 4 },
      (_, at) =>
        `  - { name: array-${at}, vendor: fake_storage, model: fake_driver, alerts: { enabled: false }, performance: { interval: 1s }, fake: { volumes: ${at === 0 ? 4_000 : 1}, sample_interval: 1 } }`,
    );
    const config = space.write(
      'bound.yaml',
      `workers: 4
otlp: { endpoint: "${receiver.endpoint}", protocol: http/json, export_interval: 1h, queue: 16MiB, compression: none }
backends:
${backends.join('\n')}
`,
    );
    await using agent = await startAgent(config);
    const read = async () => parseExposition((await agent.get('/metrics')).text);
    let highest = 0;
    await eventually(
      'the first loss',
      async () => {
        const page = await read();
        highest = Math.max(highest, sumOf(page, 'delfin_otlp_queue_bytes', {}));
        const full = { delfin_reason: 'queue_full' };
        return sumOf(page, 'delfin_otlp_dropped_items_total', full) > 0 ? true : undefined;
      },
      60_000,
    );
    const after = sumOf(await read(), 'delfin_otlp_queue_bytes', {});
    // A quarter of it would be 4 MiB; a batch is about 3.
    expect(Math.max(highest, after)).toBeGreaterThan(8 * 2 ** 20);
    expect(Math.max(highest, after)).toBeLessThanOrEqual(16 * 2 ** 20);
  }, 90_000);
});
