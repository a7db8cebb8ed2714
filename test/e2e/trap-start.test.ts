/** The first moments of the trap socket: whoever is configured is known from the first datagram on. */
import { createSocket } from 'node:dgram';
import { expect, it } from 'vitest';
import { startAgent, workspace } from '../kit/agent.ts';
import { parseExposition } from '../kit/exposition.ts';
import { eventually, freeUdpPort } from '../kit/ports.ts';
import { community, notification } from '../traps/encode.ts';

it('takes traps from the first moment that its socket is open: none is of an unknown source', async () => {
  using space = workspace();
  const port = await freeUdpPort();
  const socket = createSocket('udp4');
  // Nobody is there yet.
  socket.on('error', () => {});
  let sent = 0;
  const datagram = () => {
    sent += 1;
    return community(
      1,
      'canary',
      notification('1.3.6.1.6.3.1.1.5.1', [], { requestId: sent, uptime: sent }),
    );
  };
  const timer = setInterval(() => {
    for (let each = 0; each < 3; each += 1) socket.send(datagram(), port, '127.0.0.1', () => {});
  }, 1);
  try {
    await using agent = await startAgent(
      space.write(
        'config.yaml',
        `traps: { listen: "127.0.0.1:${port}", communities: [canary] }
backends:
${Array.from({ length: 20 }, (_, at) => `  - { name: a${at}, vendor: fake_storage, model: fake_driver, alerts: { trap_sources: [127.0.0.${at + 1}] }, fake: { volumes: 1 } }`).join('\n')}
`,
      ),
    );
    const countsOf = async (name: string) =>
      parseExposition((await agent.get('/metrics')).text).filter((one) => one.name === name);
    await eventually('a thousand traps', async () =>
      (await countsOf('delfin_trap_received_total')).some(({ value }) => value > 1_000)
        ? true
        : undefined,
    );
    const dropped = (await countsOf('delfin_trap_dropped_total')).filter(
      ({ value, labels }) => value > 0 && labels['error_type'] !== 'kernel_buffer',
    );
    expect(dropped).toEqual([]);
  } finally {
    clearInterval(timer);
    socket.close();
  }
});
