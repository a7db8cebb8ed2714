import { describe, expect, it } from 'vitest';
import { createTrapInlet } from '../../src/agent/trap-inlet.ts';
import { Secret } from '../../src/driver/secret.ts';
import type { RootLog } from '../../src/log.ts';
import { startTraps } from '../../src/traps/service.ts';
import { receiveTraps } from '../../src/traps/worker.ts';
import { freeUdpPort } from '../kit/ports.ts';
import { hasProgram, runProgram } from '../kit/programs.ts';

const quiet: RootLog = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const withSnmptrap = hasProgram('snmptrap');

describe('the trap inlet', () => {
  it.skipIf(!withSnmptrap)(
    'starts its receiver again when it dies, and keeps the counts',
    async () => {
      const port = await freeUdpPort();
      /** The receivers that were announced. */
      const announced = { count: 0 };
      /** Ends the thread behind the service's back, as a crash does. */
      let crash = async () => {};
      const inlet = createTrapInlet({
        log: quiet,
        onUnknown: () => {},
        onForeign: () => {},
        onNew: () => (announced.count += 1),
        start: async (options) => {
          const service = await startTraps(options);
          crash = async () => {
            await service.close();
            options.onLost?.();
          };
          return service;
        },
      });
      const prepared = await inlet.prepare({
        config: { listen: `127.0.0.1:${port}`, communities: [new Secret('canary')] },
        key: 'one',
        routes: [{ backend: 'a', sources: ['127.0.0.1'] }],
      });
      await prepared.commit();
      /** The receiver reports its numbers once a second. */
      const received = (count: number) =>
        expect
          .poll(() => inlet.counts().get('delfin_trap_received_total')?.get('v2c'), {
            timeout: 10_000,
          })
          .toBe(count);
      const take = async () => {
        const taken = Promise.withResolvers<string>();
        const end = inlet.connect(['a']);
        if (end) receiveTraps(end, (name) => taken.resolve(name));
        const sent = await runProgram('snmptrap', [
          '-v',
          '2c',
          '-c',
          'canary',
          `127.0.0.1:${port}`,
          '0',
          '1.3.6.1.6.3.1.1.5.1',
        ]);
        expect(sent.code).toBe(0);
        return await taken.promise;
      };
      expect(await take()).toBe('a');
      await received(1);
      await crash();
      await expect.poll(() => announced.count).toBe(2);
      expect(await take()).toBe('a');
      await received(2);
      await inlet.close();
    },
  );

  it.skipIf(!withSnmptrap)(
    "takes over communities and addresses while it runs; another shard's array is not unknown",
    async () => {
      const [first, second] = [await freeUdpPort(), await freeUdpPort()];
      const foreign: string[] = [];
      const inlet = createTrapInlet({
        log: quiet,
        onUnknown: () => {},
        onForeign: (system) => foreign.push(system),
        onNew: () => {},
      });
      const use = async (port: number, community: string, isForeign: boolean) => {
        const prepared = await inlet.prepare({
          config: { listen: `127.0.0.1:${port}`, communities: [new Secret(community)] },
          key: `${port} ${community}`,
          routes: [{ backend: 'a', sources: ['127.0.0.1'], foreign: isForeign }],
        });
        await prepared.commit();
      };
      const send = async (port: number, community: string) =>
        await runProgram('snmptrap', [
          '-v', '2c', '-c', community, `127.0.0.1:${port}`, '0', '1.3.6.1.6.3.1.1.5.1',
        ]); // prettier-ignore
      const dropped = (reason: string, count: number) =>
        expect
          .poll(() => inlet.counts().get('delfin_trap_dropped_total')?.get(reason), {
            timeout: 10_000,
          })
          .toBe(count);

      await use(first, 'old', true);
      await send(first, 'old');
      await expect.poll(() => foreign).toEqual(['a']);

      await use(second, 'new', true);
      await send(second, 'old');
      await dropped('wrong_community', 1);
      await send(second, 'new');
      await expect.poll(() => foreign).toEqual(['a', 'a']);
      await dropped('unknown_source', 0);

      // What can't be: the old goes on.
      await expect(
        inlet.prepare({
          config: { listen: '192.0.2.1:1162', communities: [new Secret('x')] },
          key: 'elsewhere',
          routes: [],
        }),
      ).rejects.toThrow('192.0.2.1:1162');
      await send(second, 'new');
      await expect.poll(() => foreign).toEqual(['a', 'a', 'a']);
      await inlet.close();
    },
  );
});
