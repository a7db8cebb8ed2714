/** Traps of senders that no backend names: nothing is delivered, nobody is answered, few lines are logged. */
import { createSocket, type Socket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { Secret } from 'delfin-agent/driver';
import { TAG } from '../../src/traps/ber.ts';
import { createSampler } from '../../src/traps/sampler.ts';
import { eventually } from '../kit/ports.ts';
import { community, notification, secure } from './encode.ts';
import { runTraps } from './kit.ts';

const SOURCES = 100;
const ROUNDS = 100;

async function socketAt(address: string): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, address, () => resolve()));
  return socket;
}

describe('ten thousand datagrams of strangers', () => {
  it('are counted each, delivered never, answered never', { timeout: 240_000 }, async () => {
    await using running = await runTraps({ communities: [new Secret('public')] });
    const sockets = await Promise.all(
      Array.from({ length: SOURCES }, (_, at) => socketAt(`127.0.1.${at + 1}`)),
    );
    let answers = 0;
    for (const socket of sockets) socket.on('message', () => (answers += 1));
    const pdu = (tag: number) => notification('1.3.6.1.4.1.32473.0.1', [], { requestId: 1, tag });
    const said = [
      community(1, 'public', pdu(TAG.trap)),
      // What a known sender would have an answer to.
      community(1, 'public', pdu(TAG.inform)),
      secure({ user: '', engineId: Buffer.alloc(0) }, pdu(TAG.inform), { reportable: true }),
    ];
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const [at, socket] of sockets.entries()) {
        socket.send(said[(round + at) % said.length] ?? '', running.port, '127.0.0.1');
      }
      // Not faster than they are read: what the kernel drops nobody can count by source.
      await eventually(`round ${round}`, async () => {
        const { unknown_source: count } = await running.dropped();
        return count === round * SOURCES ? true : undefined;
      });
    }
    expect(await running.dropped()).toEqual({ unknown_source: ROUNDS * SOURCES });
    expect([running.taken, running.unknown, answers]).toEqual([[], [], 0]);
    const lines = running.logged.map((line) => /"source":"([^"]+)"/.exec(line)?.[1]);
    expect(lines.length).toBeGreaterThan(0);
    expect(new Set(lines).size).toBeLessThanOrEqual(SOURCES);
    for (const socket of sockets) socket.close();
  });

  it('are at most one line for each source and sixty in all a minute, with the count of the rest', () => {
    const lines: { readonly source: string; readonly unreported: number }[] = [];
    const sampler = createSampler((_reason, source, unreported) => {
      lines.push({ source, unreported });
    });
    for (let sent = 0; sent < 10_000; sent += 1) {
      sampler.note('unknown_source', `192.0.2.${sent % 200}`, sent / 1_000);
    }
    expect(lines).toHaveLength(60);
    expect(new Set(lines.map(({ source }) => source)).size).toBe(60);
    sampler.note('unknown_source', '192.0.2.1', 60_001);
    expect(lines.at(-1)).toEqual({ source: '192.0.2.1', unreported: 10_000 - 60 });
  });
});
