/** The receiver on its thread: addresses, routes, delivery to the backends' threads, what is logged. */
import { createSocket } from 'node:dgram';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { Secret } from 'delfin-agent/driver';
import { TAG } from '../../src/traps/ber.ts';
import { NUMBERS_PER_TRAP, type TrapBatch } from '../../src/traps/messages.ts';
import { startTraps } from '../../src/traps/service.ts';
import { receiveTraps } from '../../src/traps/worker.ts';
import { eventually } from '../kit/ports.ts';
import { community, notification, secure, sender, text, trapV1 } from './encode.ts';
import { capture, LOOPBACK_ROUTE, runTraps, TRAP_OID, type RunningTraps } from './kit.ts';

const COMMUNITY = new Secret('canary-community');
const ENGINE = '8000000001020304';
const auth = { protocol: 'sha256', key: 'canary-auth-key' } as const;
const signed = sender({ user: 'signed', engineId: ENGINE, auth });
const user = { name: 'signed', auth: { protocol: auth.protocol, key: new Secret(auth.key) } };

const trap = (requestId: number, tag: number = TAG.trap) =>
  community(
    1,
    'canary-community',
    notification(TRAP_OID, [{ oid: '1.3.6', value: text('x') }], { requestId, tag }),
  );
const v1From = (agent: readonly number[]) =>
  community(0, 'canary-community', trapV1('1.3.6.1.4.1.32473', 6, 1, [], agent));

/** Sends from one socket and resolves with the first answer, if one is waited for. */
async function send(
  datagram: Uint8Array,
  port: number,
  options: { answer?: boolean; host?: string } = {},
) {
  const { answer = false, host = '127.0.0.1' } = options;
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const answered = new Promise<Buffer>((resolve) => socket.once('message', resolve));
  await new Promise<void>((resolve, reject) => {
    socket.send(datagram, port, host, (error) => (error ? reject(error) : resolve()));
  });
  const received = answer ? await answered : undefined;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return received;
}

async function droppedAs(running: RunningTraps, reason: string): Promise<void> {
  await eventually(reason, async () => ((await running.dropped())[reason] ? true : undefined));
}

describe('addresses', () => {
  it('several, of both families, each with the receive buffer that was granted', async () => {
    await using running = await runTraps({
      listen: ['127.0.0.1:0', '127.0.0.1:0', '[::1]:0'],
      communities: [COMMUNITY],
    });
    const { addresses } = running.service;
    expect(addresses.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.1', '::1']);
    for (const { bufferBytes } of addresses) expect(bufferBytes).toBeGreaterThan(100_000);
    for (const { address, port } of addresses) await send(trap(port), port, { host: address });
    await eventually('three traps', () => (running.taken.length === 3 ? true : undefined));
    expect(running.taken.map(({ trap: { source } }) => source).sort()).toEqual([
      '127.0.0.1',
      '127.0.0.1',
      '::1',
    ]);
  });

  it('without a host: every interface of both families', async () => {
    await using running = await runTraps({ listen: ':0', communities: [COMMUNITY] });
    expect(running.service.addresses.map(({ address }) => address)).toEqual(['0.0.0.0', '::']);
    for (const [index, { port }] of running.service.addresses.entries()) {
      await send(trap(index), port, { host: index === 0 ? '127.0.0.1' : '::1' });
    }
    await eventually('two traps', () => (running.taken.length === 2 ? true : undefined));
  });

  it('one that is taken, or a user that can not be used, ends the start with a reason', async () => {
    await using running = await runTraps({});
    const listen = `127.0.0.1:${running.port}`;
    await expect(runTraps({ listen })).rejects.toThrow(new RegExp(`${listen}.*EADDRINUSE`));
    const short = { name: 'short', auth: { protocol: 'sha', key: new Secret('canary') } } as const;
    const error: unknown = await runTraps({ users: [short] }).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/short.*at least 8/);
    expect(String(error)).not.toContain('canary');
  });
});

describe('routes', () => {
  it('by source, by agent address behind a relay, by engine id; others are dropped unanswered', async () => {
    await using running = await runTraps(
      { communities: [COMMUNITY], users: [user], relays: ['127.0.0.1'] },
      {
        routes: [
          { backend: 'by-agent', sources: ['198.51.100.7'] },
          { backend: 'by-engine', sources: ['198.51.100.8'], engineIds: [`0x${ENGINE}`] },
        ],
      },
    );
    await send(v1From([198, 51, 100, 7]), running.port);
    expect((await running.next()).backend).toBe('by-agent');
    await send(secure(signed, notification(TRAP_OID, [])), running.port);
    expect((await running.next()).backend).toBe('by-engine');
    await send(v1From([198, 51, 100, 9]), running.port);
    await send(trap(1), running.port);
    await eventually('both refused', async () =>
      (await running.dropped())['unknown_source'] === 2 ? true : undefined,
    );
    await running.service.setRoutes([{ backend: 'by-agent', sources: ['127.0.0.1'] }]);
    await send(trap(2), running.port);
    expect((await running.next()).backend).toBe('by-agent');
  });

  it('a source of several backends reaches them all', async () => {
    await using running = await runTraps(
      { communities: [COMMUNITY] },
      { routes: [LOOPBACK_ROUTE, { backend: 'twin', sources: ['::ffff:127.0.0.1'] }] },
    );
    await send(trap(1), running.port);
    await eventually('both', () => (running.taken.length === 2 ? true : undefined));
    expect(running.taken.map(({ backend }) => backend).sort()).toEqual(['array', 'twin']);
  });

  it('names are resolved, again at each change, and keep their address while they can not be', async () => {
    let address: string | undefined = '198.51.100.1';
    const routes = [{ backend: 'named', sources: ['array.example'] }];
    await using running = await runTraps(
      { communities: [COMMUNITY] },
      {
        routes,
        resolve: async () => {
          if (address === undefined) throw new Error('no such name');
          return [address];
        },
      },
    );
    await send(trap(1), running.port);
    await droppedAs(running, 'unknown_source');
    address = '127.0.0.1';
    await running.service.setRoutes(routes);
    await send(trap(2), running.port);
    await running.next();
    address = undefined;
    await running.service.setRoutes(routes);
    await send(trap(3), running.port);
    await running.next();
    expect(running.logged.filter((line) => line.includes('array.example'))).toHaveLength(1);
  });

  it('traps of no backend are handed out where that is asked for', async () => {
    await using running = await runTraps(
      { communities: [COMMUNITY], unknown: 'log' },
      { routes: [{ backend: 'array', sources: ['198.51.100.1'] }] },
    );
    await send(trap(1), running.port);
    await eventually('the unknown trap', () => running.unknown[0]);
    expect(running.taken).toEqual([]);
  });
});

describe('delivery', () => {
  it('keeps the order over many batches', async () => {
    await using running = await runTraps({ communities: [COMMUNITY] });
    const socket = createSocket('udp4');
    for (let index = 0; index < 2_000; index += 1) {
      const datagram = community(
        1,
        'canary-community',
        notification(TRAP_OID, [], { uptime: index }),
      );
      await new Promise<void>((resolve) =>
        socket.send(datagram, running.port, '127.0.0.1', () => resolve()),
      );
    }
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    await eventually('all', () => (running.taken.length === 2_000 ? true : undefined));
    expect(running.taken.map(({ trap: { uptime } }) => uptime)).toEqual(
      Array.from({ length: 2_000 }, (_, index) => index),
    );
  });

  it('answers an inform when the backend has it, not before', async () => {
    const gate = Promise.withResolvers<void>();
    await using running = await runTraps(
      { communities: [COMMUNITY] },
      { take: () => gate.promise },
    );
    let answered = false;
    const answer = send(trap(5, TAG.inform), running.port, { answer: true }).then((datagram) => {
      answered = true;
      return datagram;
    });
    await eventually('it arrives', async () =>
      (await running.service.currentStats()).queued === 1 ? true : undefined,
    );
    expect(answered).toBe(false);
    gate.resolve();
    expect((await answer)?.includes(TAG.response)).toBe(true);
  });

  it('hands what a thread died with to its successor, once, and then gives it up', async () => {
    const routes = [LOOPBACK_ROUTE];
    const service = await startTraps({
      config: { listen: '127.0.0.1:0', communities: [COMMUNITY] },
      routes,
      log: capture([]),
    });
    const port = service.addresses[0]?.port ?? 0;
    // No thread yet: the traps wait.
    for (let index = 0; index < 5; index += 1) await send(trap(index), port);
    await eventually('five wait', async () =>
      (await service.currentStats()).queued === 5 ? true : undefined,
    );
    /** A thread that takes a batch into its hands and dies; `comes`: when it is known to be there. */
    const die = async (comes?: Buffer) => {
      const { port1, port2 } = new MessageChannel();
      const batch = nextBatch(port2);
      service.attach(['array'], port1);
      // It is answered after what was asked before.
      await service.currentStats();
      if (comes) await send(comes, port);
      const { numbers } = await batch;
      port2.close();
      return numbers.length / NUMBERS_PER_TRAP;
    };
    expect(await die()).toBe(5);
    await send(trap(5), port);
    const survivor = new MessageChannel();
    const taken: (number | undefined)[] = [];
    receiveTraps(survivor.port2, (_, { source_port: from }) => void taken.push(from));
    service.attach(['array'], survivor.port1);
    await eventually('all six', () => (taken.length === 6 ? true : undefined));
    expect(await die(trap(6))).toBe(1);
    await eventually('one waits', async () =>
      (await service.currentStats()).queued === 1 ? true : undefined,
    );
    expect(await die()).toBe(1);
    await eventually('given up', async () =>
      (await service.currentStats()).dropped.undeliverable === 1 ? true : undefined,
    );
    expect((await service.currentStats()).queued).toBe(0);
    await service.close();
  });

  it('drops what waits for a backend that is gone', async () => {
    const service = await startTraps({
      config: { listen: '127.0.0.1:0', communities: [COMMUNITY] },
      routes: [LOOPBACK_ROUTE],
      log: capture([]),
    });
    await send(trap(1), service.addresses[0]?.port ?? 0);
    await eventually('it waits', async () =>
      (await service.currentStats()).queued === 1 ? true : undefined,
    );
    await service.setRoutes([]);
    expect(await service.currentStats()).toMatchObject({
      queued: 0,
      queuedBytes: 0,
      dropped: { undeliverable: 1 },
    });
    await service.close();
  });
});

function nextBatch(port: MessagePort): Promise<TrapBatch> {
  return new Promise((resolve) => port.once('message', resolve));
}

describe('what is said about refusals', () => {
  it('one line per source and reason, the rest counted; no community, no key, no user input', async () => {
    await using running = await runTraps({ communities: [COMMUNITY], users: [user] });
    for (let index = 0; index < 20; index += 1) {
      await send(community(1, 'canary-communitx', notification('1.3', [])), running.port);
      await send(secure({ ...signed, user: 'canary-user' }, notification('1.3', [])), running.port);
    }
    await eventually('all counted', async () => {
      const dropped = await running.dropped();
      return dropped['wrong_community'] === 20 && dropped['unknown_user'] === 20 ? true : undefined;
    });
    expect(running.logged).toHaveLength(2);
    expect(running.logged.join('\n')).not.toContain('canary');
    expect(running.logged[0]).toContain('"source":"127.0.0.1"');
  });
});
