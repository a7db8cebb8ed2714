/** Traps while the Collector is away and a large array is polled: none is lost, doubled or reordered. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { FAKE_TRAP, TRAP_FIELDS } from '../../drivers/fake_storage-fake_driver/alerts.ts';
import { startAgent, workspace } from '../kit/agent.ts';
import { buildCollector, COLLECTOR_BUILD_MS, startCollector } from '../kit/collector.ts';
import { parseExposition } from '../kit/exposition.ts';
import { eventually, freeUdpPort } from '../kit/ports.ts';
import { hasProgram } from '../kit/programs.ts';
import { pack } from '../traps/blaster.ts';
import { community, notification, text } from '../traps/encode.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BLASTER = new URL('../traps/blaster.ts', import.meta.url).pathname;

const configOf = (endpoint: string, port: number) => `
otlp: { endpoint: "${endpoint}", metrics: false, timeout: 2s }
traps: { listen: "127.0.0.1:${port}", communities: [ public ] }
backends:
  - name: array-1
    vendor: fake_storage
    model: fake_driver
    alerts: { interval: 1h, trap_sources: [ 127.0.0.1 ] }
    fake: { alerts: 0 }
  - name: large
    vendor: fake_storage
    model: fake_driver
    inventory: { interval: 1s }
    performance: { interval: 1s }
    alerts: { trap_sources: [ 198.51.100.1 ] }
    fake: { volumes: 50000, metrics: [ iops ], alerts: 0 }
`;

const trap = (index: number) =>
  community(
    1,
    'public',
    notification(
      FAKE_TRAP,
      Object.entries({
        alertId: '0x1',
        severity: 'Minor',
        category: 'Event',
        sequenceNumber: String(index),
      }).map(([field, value]) => ({
        oid: `${TRAP_FIELDS[field as keyof typeof TRAP_FIELDS]}.0`,
        value: text(value),
      })),
      { requestId: index },
    ),
  );

it.skipIf(!hasProgram('go')).each([
  ['10,000 traps in 0.1 s', 10_000, 100_000],
  ['200 traps a second for 20 s', 4_000, 200],
] as const)(
  'loses, doubles and reorders nothing of %s without a Collector',
  { timeout: COLLECTOR_BUILD_MS },
  async (_what, traps, rate) => {
    await buildCollector();
    using space = workspace();
    await using collector = await startCollector();
    const port = await freeUdpPort();
    await using agent = await startAgent(
      space.write('config.yaml', configOf(collector.endpoint, port)),
    );
    await agent.ready();
    await collector.stop();
    const file = join(space.folder, 'datagrams');
    writeFileSync(file, pack(Array.from({ length: traps }, (_, index) => trap(index))));
    const blaster = spawn(process.execPath, [BLASTER, file, String(port), String(rate)], {
      stdio: 'ignore',
    });
    await once(blaster, 'exit');
    await eventually('the agent has them', async () => {
      const page = parseExposition((await agent.get('/metrics')).text);
      const received = page.find(
        ({ name, labels }) =>
          name === 'delfin_trap_received_total' && labels['snmp_version'] === 'v2c',
      );
      const lost = page.filter(
        ({ name, value }) => name === 'delfin_trap_dropped_total' && value > 0,
      );
      expect(lost).toEqual([]);
      return received?.value === traps ? true : undefined;
    });
    await collector.start();
    const sequence = () =>
      collector.logs().map(({ record }) => {
        const attributes = record['attributes'] as {
          key: string;
          value: { stringValue?: string };
        }[];
        return Number(
          attributes.find(({ key }) => key === 'storage.alert.sequence_number')?.value.stringValue,
        );
      });
    await eventually('every record', () => (sequence().length >= traps ? true : undefined), 60_000);
    expect(sequence()).toEqual(Array.from({ length: traps }, (_, index) => index));
  },
);
