/** Floods over real sockets: nothing lost that the kernel did not drop, and that is counted. */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Secret } from 'delfin-agent/driver';
import { openSockets } from '../../src/traps/sockets.ts';
import { eventually } from '../kit/ports.ts';
import { pack } from './blaster.ts';
import { community, notification, secure, sender, text } from './encode.ts';
import { runTraps, TRAP_OID, type RunningTraps } from './kit.ts';
import { createRandom, mutate } from './mutate.ts';
import { scratch } from './scratch.ts';

const BLASTER = new URL('./blaster.ts', import.meta.url).pathname;
const AS_FAST_AS_POSSIBLE = 1e9;
/** A machine that is busy elsewhere is slow, not wrong. */
const PATIENCE_MS = 240_000;
const auth = { protocol: 'sha', key: 'authentic' } as const;
const priv = { protocol: 'aes', key: 'confident' } as const;
const VARBINDS = Array.from({ length: 6 }, (_, index) => ({
  oid: `1.3.6.1.4.1.32473.1.1.${index}`,
  value: text(`some text of an alert, field ${index}`),
}));
const CONFIG = {
  communities: [new Secret('public')],
  users: [
    {
      name: 'sealed',
      auth: { protocol: auth.protocol, key: new Secret(auth.key) },
      priv: { protocol: priv.protocol, key: new Secret(priv.key) },
    },
  ],
};
const sealedAt = (engineId: string) => sender({ user: 'sealed', engineId, auth, priv });
const sealed = sealedAt('8000000001020304');

const v2 = (index: number) =>
  community(1, 'public', notification(TRAP_OID, VARBINDS, { requestId: index, uptime: index }));
const v3 = (index: number) =>
  secure(sealed, notification(TRAP_OID, VARBINDS, { requestId: index, uptime: index }), {
    messageId: index,
  });
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

async function blast(datagrams: readonly Uint8Array[], port: number, rate: number): Promise<void> {
  using folder = scratch();
  const file = join(folder.path, 'datagrams');
  writeFileSync(file, pack(datagrams));
  const child = spawn(process.execPath, [BLASTER, file, String(port), String(rate)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  expect(code).toBe(0);
}

/** Waits until so many datagrams have been handled or dropped by the kernel. */
async function settled(running: RunningTraps, sent: number) {
  return eventually(
    `${sent} datagrams`,
    async () => {
      const stats = await running.service.currentStats();
      return stats.datagrams + stats.kernelDrops >= sent && stats.queued === 0 ? stats : undefined;
    },
    PATIENCE_MS,
  );
}

const sum = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

it.each([
  ['10,000 v2c traps in 0.1 s', 10_000, 100_000, v2],
  ['10,000 v2c traps a second for 10 s', 100_000, 10_000, v2],
  ['10,000 v3 authPriv traps a second for 10 s', 100_000, 10_000, v3],
] as const)(
  'takes %s, each once and in order, but for what the kernel drops and that is counted',
  { timeout: 300_000 },
  async (_, count, rate, make) => {
    await using running = await runTraps(CONFIG);
    await blast(times(count, make), running.port, rate);
    const stats = await settled(running, count);
    const expected = count - stats.kernelDrops;
    await eventually(
      'all delivered',
      () => (running.taken.length >= expected ? true : undefined),
      PATIENCE_MS,
    );
    const uptimes = running.taken.map(({ trap }) => trap.uptime ?? -1);
    expect(uptimes.length).toBe(expected);
    // Rising: none twice, none out of order. `npm run bench` shows at which rate none is lost.
    expect(uptimes.every((uptime, at) => at === 0 || uptime > (uptimes[at - 1] ?? 0))).toBe(true);
    expect(sum(stats.dropped)).toBe(0);
  },
);

it(
  'survives 100,000 damaged datagrams and takes the next good one',
  { timeout: 300_000 },
  async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    console.log(`udp fuzz: SEED=${seed}`);
    const random = createRandom(seed);
    const bases = [v2(1), v3(1), community(1, 'public', notification('1.3', []))];
    const base = () => bases[random(bases.length)] ?? v2(1);
    await using running = await runTraps(CONFIG);
    await blast(
      times(100_000, () => mutate(base(), base(), random).datagram),
      running.port,
      25_000,
    );
    await settled(running, 100_000);
    const before = running.taken.length;
    await blast([v2(777_777)], running.port, 1);
    const stats = await settled(running, 100_001);
    await eventually('the good one', () => (running.taken.length > before ? true : undefined));
    expect(running.taken.at(-1)?.trap.uptime).toBe(777_777);
    expect(stats.dropped.internal).toBe(0);
    const { received, dropped, discoveries, repeated } = stats;
    expect(sum(received) + sum(dropped) + discoveries + repeated).toBe(stats.datagrams);
  },
);

it(
  'forged engine ids at 5,000 a second do not starve 1,000 good traps a second',
  { timeout: 300_000 },
  async () => {
    const seconds = 5;
    const forger = sender({
      user: 'sealed',
      engineId: '80000000ffffffff',
      auth: { ...auth, key: 'not the key' },
      priv,
    });
    const forged = (index: number) => {
      const engineId = Buffer.from(forger.engineId);
      engineId.writeUInt32BE(index, 4);
      return secure({ ...forger, engineId }, notification(TRAP_OID, VARBINDS), {
        messageId: index,
      });
    };
    const datagrams = times(6_000 * seconds, (index) =>
      index % 6 === 5 ? v3(index) : forged(index),
    );
    await using running = await runTraps(CONFIG);
    await blast(datagrams, running.port, 6_000);
    const { received, dropped, kernelDrops } = await settled(running, datagrams.length);
    const refused = dropped.wrong_digest + dropped.rate_limited;
    // Every one that was read is judged by its key, whatever came before it.
    expect(received.v3 + refused + kernelDrops).toBe(datagrams.length);
    expect(received.v3).toBeGreaterThanOrEqual(1_000 * seconds - kernelDrops);
    expect(received.v3).toBeLessThanOrEqual(1_000 * seconds);
    expect(sum(dropped)).toBe(refused);
  },
);

it('counts what the kernel drops while nobody reads', { timeout: 60_000 }, async () => {
  const count = 20_000;
  let handled = 0;
  const sockets = await openSockets(['127.0.0.1:0'], () => void (handled += 1));
  using folder = scratch();
  const file = join(folder.path, 'datagrams');
  writeFileSync(file, pack(times(count, () => Buffer.alloc(1_000))));
  // Blocks this thread, which is the one that would read.
  spawnSync(process.execPath, [
    BLASTER,
    file,
    String(sockets.addresses[0]?.port),
    String(AS_FAST_AS_POSSIBLE),
  ]);
  expect(sockets.kernelDrops()).toBeGreaterThan(0);
  await eventually('every datagram is accounted for', () =>
    handled + sockets.kernelDrops() === count ? true : undefined,
  );
  await sockets.close();
});
