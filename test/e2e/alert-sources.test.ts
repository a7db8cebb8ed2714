/** Traps from an address that nobody configured: the array has said that it is one of its own. */
import { createSocket } from 'node:dgram';
import { expect, it } from 'vitest';
import { FAKE_TRAP, TRAP_FIELDS } from '../../drivers/fake_storage-fake_driver/alerts.ts';
import { startAgent, workspace } from '../kit/agent.ts';
import { parseExposition } from '../kit/exposition.ts';
import { eventually, freeUdpPort } from '../kit/ports.ts';
import { community, notification, text } from '../traps/encode.ts';

const configOf = (port: number) => `
traps: { listen: "127.0.0.1:${port}", communities: [ public ] }
backends:
  - name: configured
    vendor: fake_storage
    model: fake_driver
    alerts: { interval: 1h, trap_sources: [ 127.0.0.7 ] }
    fake: { alerts: 0, alert_sources: [ 127.0.0.8 ] }
  - name: taker
    vendor: fake_storage
    model: fake_driver
    alerts: { interval: 1h, trap_sources: [ 127.0.0.6 ] }
    fake: { seed: 2, alerts: 0, alert_sources: [ 127.0.0.7 ] }
`;

const trap = () =>
  community(
    1,
    'public',
    notification(
      FAKE_TRAP,
      Object.entries({ alertId: '0x1', severity: 'Minor', category: 'Event' }).map(
        ([field, value]) => ({
          oid: `${TRAP_FIELDS[field as keyof typeof TRAP_FIELDS]}.0`,
          value: text(value),
        }),
      ),
      { requestId: 1 },
    ),
  );

async function sendFrom(address: string, port: number): Promise<void> {
  const socket = createSocket('udp4');
  const bound = Promise.withResolvers<void>();
  socket.bind(0, address, bound.resolve);
  await bound.promise;
  const sent = Promise.withResolvers<void>();
  socket.send(trap(), port, '127.0.0.1', () => sent.resolve());
  await sent.promise;
  socket.close();
}

it('go to the array that has them, and never to one that only claims what is configured for another', async () => {
  using space = workspace();
  const port = await freeUdpPort();
  await using agent = await startAgent(space.write('config.yaml', configOf(port)));
  await agent.ready();
  const received = async (system: string) =>
    parseExposition((await agent.get('/metrics')).text)
      .filter(({ name }) => name === 'storage_alert_received_total')
      .filter(({ labels }) => labels['storage_system_name'] === system)
      .reduce((sum, { value }) => sum + value, 0);
  await eventually('the address that it told is its own', async () => {
    await sendFrom('127.0.0.8', port);
    return (await received('configured')) > 0 || undefined;
  });
  const before = await received('configured');
  await sendFrom('127.0.0.7', port);
  await sendFrom('127.0.0.6', port);
  await eventually('all are counted', async () => (await received('taker')) > 0 || undefined);
  await eventually('its own too', async () => (await received('configured')) > before || undefined);
  expect(await received('taker')).toBe(1);
});
