/** The thread of the egress dies: it is replaced, what it held is counted, workers go on with the new one. */
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createEgress } from '../../src/egress/egress.ts';
import { createEgressLink } from '../../src/egress/link.ts';
import { createSelfMetrics, type SelfName } from '../../src/telemetry/self.ts';
import { workspace } from '../kit/agent.ts';
import { eventually } from '../kit/ports.ts';
import { startReceiver } from '../kit/receiver.ts';
import { quietLog } from '../kit/snapshot.ts';

it('counts what the dead thread held, and takes from the same workers again', async () => {
  using space = workspace();
  await using receiver = await startReceiver();
  receiver.always({ kind: 'status', status: 503 });
  const file = space.write(
    'config.yaml',
    `otlp: { endpoint: "${receiver.endpoint}", protocol: http/json, export_interval: 1h }
backends: [ { name: a, vendor: fake_storage, model: fake_driver } ]
`,
  );
  const { loaded } = await loadConfig([file]);
  if (!loaded) throw new Error('no configuration');
  const link = createEgressLink(createSelfMetrics());
  const egress = createEgress({
    log: { ...quietLog, child: () => ({ ...quietLog, child: () => undefined as never }) },
    logOptions: { level: 'error', format: 'logfmt' },
    ownCounts: () => new Map(),
    onStart() {
      const port = egress.connect();
      if (port) link.attach(port);
    },
    entry: new URL('./mortal.ts', import.meta.url),
  });
  const count = (name: SelfName, ...labels: string[]) =>
    egress.counts().get(name)?.get(labels.join('\u0000')) ?? 0;
  await (await egress.prepare({ loaded, agentId: 'x' })).commit();
  const sink = link.sinkOf('http/json');
  const body = (value: number) =>
    new TextEncoder().encode(
      JSON.stringify({
        resourceMetrics: [
          {
            scopeMetrics: [
              { metrics: [{ name: 'n', gauge: { dataPoints: [{ asDouble: value }] } }] },
            ],
          },
        ],
      }),
    );
  sink.add(body(1), 1);
  await link.settled();
  const inlet = link.alertsOf({ name: 'a', vendor: 'v', model: 'm', labels: {} }, {
    varbinds: () => false,
  }); // prettier-ignore
  await inlet.poll([{ alert_id: '1', match_key: '1', severity: 'Major', category: 'Fault' }]);
  await eventually('the alert', () => (egress.alerts('a')?.Major === 1 ? true : undefined));
  egress.unknown({
    version: 'v2c', pdu_type: 'trap', trap_oid: '1.3', varbinds: [], source: '192.0.2.1',
    source_port: 1, received_at: 0,
  }); // prettier-ignore
  await eventually('the loss', () =>
    count('delfin_egress_restarts_total') === 1 ? true : undefined,
  );
  expect(count('delfin_otlp_dropped_items_total', 'metrics', 'egress_lost')).toBe(1);
  receiver.always({ kind: 'take' });
  await sink.ready?.();
  sink.add(body(2), 1);
  await eventually('the next', () => (receiver.values().length > 0 ? true : undefined));
  expect(receiver.values()).toEqual([2]);
  await egress.close(5_000);
});
