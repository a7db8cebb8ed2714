/** The sockets of the receiver by address, and the change of addresses while they are open. */
import { parseAddress } from '../config/quantities.ts';
import type { Prepared } from '../prepared.ts';
import type { ListenAddress } from './messages.ts';
import type { Origin } from './origin.ts';
import { openSockets, type Sockets } from './sockets.ts';

export interface Listeners {
  addresses(): readonly ListenAddress[];
  /** Datagrams dropped by the kernel, those of closed sockets included. */
  kernelDrops(): number;
  /** Opens new addresses beside the old. @throws Error naming the address that can't be used. */
  prepare(listen: readonly string[]): Promise<Prepared>;
  close(): Promise<void>;
}

export function createListeners(handle: (datagram: Uint8Array, origin: Origin) => void): Listeners {
  /** `traps.listen` may name an address twice, to test: port 0. */
  let open: { readonly written: string; readonly sockets: Sockets }[] = [];
  let dropsOfClosed = 0;

  async function close(closing: typeof open): Promise<void> {
    for (const { sockets } of closing) dropsOfClosed += sockets.kernelDrops();
    await Promise.all(closing.map(({ sockets }) => sockets.close()));
  }

  async function openOne(written: string) {
    return { written, sockets: await openSockets([written], handle) };
  }

  return {
    addresses: () => open.flatMap(({ sockets }) => sockets.addresses),
    kernelDrops: () =>
      open.reduce((sum, { sockets }) => sum + sockets.kernelDrops(), dropsOfClosed),
    async prepare(listen) {
      const left = [...open];
      const next: typeof open = [];
      const opened: typeof open = [];
      const reopen: string[] = [];
      const abort = async () => {
        await close(opened);
        for (const written of reopen) open.push(await openOne(written));
      };

      /** An address that overlaps with an old one of the same port can't be opened beside it. */
      async function giveWay(port: number): Promise<boolean> {
        const inTheWay = left.filter(
          ({ written }) => port !== 0 && !listen.includes(written) && portOf(written) === port,
        );
        await close(inTheWay);
        open = open.filter((one) => !inTheWay.includes(one));
        for (const one of inTheWay) left.splice(left.indexOf(one), 1);
        reopen.push(...inTheWay.map(({ written }) => written));
        return inTheWay.length > 0;
      }

      try {
        for (const written of listen) {
          const known = left.find((one) => one.written === written && !next.includes(one));
          const one =
            known ??
            (await openOne(written).catch(async (error: unknown) => {
              if (!(await giveWay(portOf(written)))) throw error;
              return await openOne(written);
            }));
          if (!known) opened.push(one);
          next.push(one);
        }
      } catch (error) {
        await abort();
        throw error;
      }
      return {
        async commit() {
          const gone = open.filter((one) => !next.includes(one));
          open = next;
          await close(gone);
        },
        abort,
      };
    },
    close: () => close(open),
  };
}

function portOf(written: string): number {
  return parseAddress(written).port;
}
