/** A million damaged datagrams in process: nothing thrown, nothing truncated taken, memory flat, each counted. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { TAG } from '../../src/traps/ber.ts';
import { decodePdu } from '../../src/traps/pdu.ts';
import { community, notification, secure, sender, text, trapV1 } from './encode.ts';
import { createBench } from './in-process.ts';
import { TRAP_OID } from './kit.ts';
import { createRandom, mutate, type Random } from './mutate.ts';

const ROUNDS = 1_000_000;
const HEAP_GROWTH_BYTES = 5 * 2 ** 20;
const ENGINE = '8000000001020304';
const auth = { protocol: 'sha', key: 'authentic' } as const;
const priv = { protocol: 'aes', key: 'confident' } as const;
const VARBINDS = [
  { oid: '1.3.6.1.4.1.32473.1.1.1', value: text('a text of some length, so that there is room') },
  { oid: '1.3.6.1.4.1.32473.1.1.2', value: Buffer.from([TAG.counter64, 4, 1, 2, 3, 4]) },
  { oid: '1.3.6.1.4.1.32473.1.1.3', value: Buffer.from([TAG.objectIdentifier, 3, 0x2b, 6, 1]) },
  { oid: '1.3.6.1.4.1.32473.1.1.4', value: Buffer.from([TAG.ipAddress, 4, 192, 0, 2, 1]) },
];

function originals(): Buffer[] {
  const pdu = notification(TRAP_OID, VARBINDS);
  const informPdu = notification(TRAP_OID, VARBINDS, { tag: TAG.inform });
  return [
    community(0, 'public', trapV1('1.3.6.1.4.1.32473', 6, 17, VARBINDS)),
    community(1, 'public', pdu),
    community(1, 'public', informPdu),
    secure(sender({ user: 'open', engineId: ENGINE }), pdu),
    secure(sender({ user: 'signed', engineId: ENGINE, auth }), pdu),
    secure(sender({ user: 'sealed', engineId: ENGINE, auth, priv }), pdu),
  ];
}

function pick<T>(list: readonly T[], random: Random): T {
  const picked = list[random(list.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

it(`survives ${ROUNDS} damaged datagrams`, { timeout: 240_000 }, () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  console.log(`fuzz: SEED=${seed}`);
  const random = createRandom(seed);
  const bench = createBench({
    users: [{ name: 'open' }, { name: 'signed', auth }, { name: 'sealed', auth, priv }],
    deliver(_, { pdu, version }, done) {
      // What was taken can be read where it goes.
      decodePdu(pdu, version);
      done(true);
      return true;
    },
  });
  const { receiver } = bench;
  const bases = originals();
  // Damage below the digest reaches the parts behind it.
  const signedUser = sender({ user: 'signed', engineId: ENGINE, auth });
  const origin = { address: '192.0.2.1', port: 0, reply: () => {} };
  let heapBefore = 0;
  let truncatedTaken = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round === ROUNDS / 10) heapBefore = heapBytes();
    const { kind, datagram } =
      round % 10 === 0
        ? {
            kind: 'inside',
            datagram: secure(
              signedUser,
              mutate(notification(TRAP_OID, VARBINDS), pick(bases, random), random).datagram,
            ),
          }
        : mutate(pick(bases, random), pick(bases, random), random);
    const { received } = receiver.counts;
    const before = received.v1 + received.v2c + received.v3;
    receiver.handle(datagram, origin);
    if (kind === 'truncated' && received.v1 + received.v2c + received.v3 > before) {
      truncatedTaken += 1;
    }
  }
  const grown = heapBytes() - heapBefore;
  const { datagrams, received, dropped, discoveries, repeated } = receiver.counts;
  console.log('fuzz:', JSON.stringify({ received, dropped, discoveries, repeated, grown }));
  expect(truncatedTaken).toBe(0);
  expect(dropped.internal).toBe(0);
  expect(datagrams).toBe(ROUNDS);
  expect(sum(received) + sum(dropped) + discoveries + repeated).toBe(ROUNDS);
  expect(grown).toBeLessThan(HEAP_GROWTH_BYTES);
  const taken = received.v2c;
  receiver.handle(community(1, 'public', notification(TRAP_OID, VARBINDS)), origin);
  expect(receiver.counts.received.v2c).toBe(taken + 1);
});

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
