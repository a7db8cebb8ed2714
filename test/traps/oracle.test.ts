/** The same verdicts as Debian's snmptrapd on 10,000 damaged notifications. */
import { expect, it } from 'vitest';
import { integer, TAG } from '../../src/traps/ber.ts';
import { eventually } from '../kit/ports.ts';
import { community, notification, secure, sender, text, trapV1 } from './encode.ts';
import { createBench } from './in-process.ts';
import { describeWith, hasSnmptrapd, TRAP_OID } from './kit.ts';
import { createRandom, mutate } from './mutate.ts';
import { MARK, startSnmptrapd, udpClient } from './snmptrapd.ts';

const PACKETS = 10_000;
const WINDOW = 40;
const ENGINE = '8000000001020304';
const SENTINEL = '1.3.6.1.4.1.32473.9.9';
const auth = { protocol: 'sha', key: 'authentic' } as const;
const priv = { protocol: 'aes', key: 'confident' } as const;
const VARBINDS = [
  { oid: '1.3.6.1.4.1.32473.1.1.1', value: text('a text') },
  { oid: '1.3.6.1.4.1.32473.1.1.2', value: integer(-77) },
  { oid: '1.3.6.1.4.1.32473.1.1.3', value: Buffer.from([TAG.counter64, 4, 1, 2, 3, 4]) },
  { oid: '1.3.6.1.4.1.32473.1.1.4', value: Buffer.from([TAG.objectIdentifier, 3, 0x2b, 6, 1]) },
  { oid: '1.3.6.1.4.1.32473.1.1.5', value: Buffer.from([TAG.ipAddress, 4, 192, 0, 2, 1]) },
  { oid: '1.3.6.1.4.1.32473.1.1.6', value: integer(1_000_000, TAG.gauge32) },
];
const CONFIG = [
  'authCommunity log public',
  `createUser -e 0x${ENGINE} open`,
  `createUser -e 0x${ENGINE} signed SHA authentic`,
  `createUser -e 0x${ENGINE} sealed SHA authentic AES confident`,
  'authUser log open noauth',
  'authUser log signed auth',
  'authUser log sealed priv',
];
const users = [
  { name: 'open', engineId: ENGINE },
  { name: 'signed', auth, engineId: ENGINE },
  { name: 'sealed', auth, priv, engineId: ENGINE },
];

const senders = {
  open: sender({ user: 'open', engineId: ENGINE }),
  signed: sender({ user: 'signed', engineId: ENGINE, auth }),
  sealed: sender({ user: 'sealed', engineId: ENGINE, auth, priv }),
};

/** Each packet differs from every other, so that none is a replay. */
function original(kind: number, requestId: number): Buffer {
  const pdu = notification(TRAP_OID, VARBINDS, { requestId });
  switch (kind) {
    case 0:
      return community(0, 'public', trapV1('1.3.6.1.4.1.32473', 6, requestId, VARBINDS));
    case 1:
      return community(1, 'public', pdu);
    case 2:
      return secure(senders.open, pdu);
    case 3:
      return secure(senders.signed, pdu);
    default:
      return secure(senders.sealed, pdu);
  }
}

function damaged(seed: number): Buffer[] {
  const random = createRandom(seed);
  return Array.from({ length: PACKETS }, (_, index) => {
    const other = original(random(5), 50_000 + index);
    if (index % 5 !== 0) return mutate(original(random(5), index), other, random).datagram;
    // Below the digest.
    const pdu = mutate(notification(TRAP_OID, VARBINDS, { requestId: index }), other, random);
    return secure(senders.signed, pdu.datagram);
  });
}

/** Our verdicts: a repetition is told apart from a refusal, for snmptrapd takes it again. */
function ourVerdicts(datagrams: readonly Buffer[]): (readonly string[])[] {
  const bench = createBench({ users, now: Date.now, clock: () => performance.now() });
  return datagrams.map((datagram) =>
    bench.send(datagram).filter((reason) => reason !== 'replayed'),
  );
}

/** snmptrapd's: after each packet goes a trap with its number; what is printed between is the packet. */
async function theirVerdicts(datagrams: readonly Buffer[]): Promise<boolean[]> {
  await using peer = await startSnmptrapd(CONFIG);
  await using client = udpClient();
  const sentinel = (index: number) =>
    community(1, 'public', notification(SENTINEL, [{ oid: SENTINEL, value: integer(index) }]));
  const sentinelLine = new RegExp(`\\.${SENTINEL.replaceAll('.', '\\.')} = INTEGER: (\\d+)`);
  for (const [index, datagram] of datagrams.entries()) {
    await client.send(datagram, peer.port);
    await client.send(sentinel(index), peer.port);
    if (index % WINDOW !== WINDOW - 1) continue;
    await eventually(`sentinel ${index}`, () =>
      peer.output().includes(`${SENTINEL} = INTEGER: ${index}\n`) ? true : undefined,
    );
  }
  const last = datagrams.length - 1;
  const output = await eventually('the last sentinel', () => {
    const printed = peer.output();
    return printed.includes(`${SENTINEL} = INTEGER: ${last}\n`) ? printed : undefined;
  });
  const verdicts: boolean[] = [];
  let taken = false;
  for (const part of output.split(MARK).slice(1)) {
    const index = sentinelLine.exec(part)?.[1];
    if (index === undefined) taken = true;
    else {
      verdicts[Number(index)] = taken;
      taken = false;
    }
  }
  return verdicts;
}

/**
 * Boots and time of one engine, in the order they are sent. Boots at their end (2147483647) are not
 * among them: RFC 3414 3.2.7b refuses such a message, snmptrapd takes it and nothing after it.
 */
const CLOCKS = [
  ['its first word', 5, 1_000],
  ['a little later', 5, 1_100],
  ['a little earlier', 5, 1_000],
  ['almost the window earlier', 5, 960],
  ['the window and more earlier', 5, 940],
  ['long ago', 5, 1],
  ['boots gone back', 4, 9_999],
  ['time far ahead', 5, 500_000],
  ['what was current before', 5, 1_100],
  ['booted again', 6, 1],
  ['before it booted', 5, 500_001],
  ['booted many times', 100, 7],
  ['as it was', 100, 8],
] as const;

describeWith(hasSnmptrapd, 'snmptrapd')('snmptrapd', () => {
  it.each(['signed', 'sealed'] as const)(
    'says the same of the clock of an engine whose traps are %s',
    async (user) => {
      const datagrams = CLOCKS.map(([, boots, time], requestId) =>
        secure(senders[user], notification(TRAP_OID, VARBINDS, { requestId }), { boots, time }),
      );
      const ours = ourVerdicts(datagrams).map((refused) => refused.length === 0);
      const theirs = await theirVerdicts(datagrams);
      const said = (verdicts: readonly boolean[]) =>
        CLOCKS.map(([what], at) => `${what}: ${verdicts[at] ? 'taken' : 'refused'}`);
      expect(said(ours)).toEqual(said(theirs));
      expect(new Set(theirs).size).toBe(2);
    },
  );

  it(`says the same of ${PACKETS} damaged packets`, { timeout: 120_000 }, async () => {
    const seed = Number(process.env['SEED'] ?? 1);
    const datagrams = damaged(seed);
    const ours = ourVerdicts(datagrams);
    const theirs = await theirVerdicts(datagrams);
    expect(theirs.length).toBe(PACKETS);
    const different = datagrams.flatMap((datagram, index) => {
      const refused = ours[index] ?? [];
      if ((refused.length === 0) === theirs[index]) return [];
      return [`${refused.length === 0 ? 'taken' : refused.join()} ${datagram.toString('hex')}`];
    });
    console.log(
      `snmptrapd: SEED=${seed}, takes ${theirs.filter(Boolean).length} of ${PACKETS}, ${different.length} verdicts differ`,
    );
    expect(different).toEqual([]);
  });
});
