/** The addresses HTTP is served at, and the change of addresses, certificates and users while it is. */
import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { parseListen, type ListenAddress } from '../config/listen.ts';
import { prepareAll, type Prepared } from '../prepared.ts';
import { createSite, type Door, type Site, type SiteOptions } from './server.ts';

export interface WebTarget {
  /** `host:port`, `unix:///path` or `fd:3` each. */
  readonly listen: readonly string[];
  /** File in the format of the Prometheus exporter toolkit. */
  readonly webConfigFile?: string | undefined;
  /** Says when the content of the file, or of one it names, has changed. */
  readonly version?: string;
  /** `open`: health may be asked by anybody; `guarded` if absent. */
  readonly health?: 'guarded' | 'open' | undefined;
}

export interface Web {
  /** `host:port` or `unix:///path` as they are bound. */
  readonly addresses: readonly string[];
  /** To open in a browser of this machine. */
  readonly urls: readonly string[];
  /**
   * Opens new addresses beside the old and loads what the file says. @throws Error if an address
   * can't be bound or the web configuration is wrong.
   */
  prepare(target: WebTarget): Promise<Prepared>;
  close(): Promise<void>;
}

const MAX_RETIRED = 3;

export function createWeb(options: Omit<SiteOptions, 'webConfigFile' | 'health'>): Web {
  let doors = new Map<string, OpenDoor>();
  let site: Site | undefined;
  let siteKey = '';
  /** Connections that were open are theirs still. */
  const retired: Site[] = [];
  const take = (socket: Socket, door: Door) => site?.take(socket, door);

  async function prepareSite({
    webConfigFile,
    version,
    health,
  }: WebTarget): Promise<Prepared | undefined> {
    const key = JSON.stringify([webConfigFile, version, health]);
    if (site && key === siteKey) return undefined;
    const next = await createSite({ ...options, webConfigFile, health });
    return {
      async commit() {
        if (site) retired.push(site);
        site = next;
        siteKey = key;
        for (const before of retired) before.retire(next);
        if (retired.length > MAX_RETIRED) await retired.shift()?.close();
      },
      abort: () => next.close(),
    };
  }

  async function prepareDoors({ listen }: WebTarget): Promise<Prepared> {
    const next = new Map<string, OpenDoor>();
    const opened: OpenDoor[] = [];
    const reopen: (() => Promise<void>)[] = [];
    const old = [...doors].filter(([written]) => !listen.includes(written));
    const abort = async () => {
      await Promise.all(opened.map((door) => door.close()));
      for (const open of reopen) await open();
    };

    /** An address that overlaps with an old one of the same port can't be opened beside it. */
    async function giveWay(port: number): Promise<boolean> {
      const inTheWay = old.filter(([written]) => port !== 0 && portOf(written) === port);
      for (const [written, door] of inTheWay) {
        await door.close();
        reopen.push(async () => {
          const again = await openDoor(written, take);
          again.open();
          doors.set(written, again);
        });
      }
      return inTheWay.length > 0;
    }

    try {
      for (const written of listen) {
        const known = doors.get(written);
        const door =
          known ??
          (await openDoor(written, take).catch(async (error: unknown) => {
            if (!(await giveWay(portOf(written)))) throw error;
            return await openDoor(written, take);
          }));
        if (!known) opened.push(door);
        next.set(written, door);
      }
    } catch (error) {
      await abort();
      throw error;
    }
    return {
      async commit() {
        doors = next;
        for (const door of opened) door.open();
        await Promise.all(old.map(([, door]) => door.close()));
      },
      abort,
    };
  }

  return {
    get addresses() {
      return Array.from(doors.values(), ({ address }) => address);
    },
    get urls() {
      const scheme = site?.secure ? 'https' : 'http';
      return Array.from(doors.values(), ({ address }) =>
        address.startsWith('unix:') ? address : `${scheme}://${reachable(address)}/`,
      );
    },
    prepare: (target) => prepareAll([() => prepareSite(target), () => prepareDoors(target)]),
    async close() {
      const open = [...doors.values()];
      doors = new Map();
      await Promise.all([...open.map((door) => door.close()), site?.close()]);
      await Promise.all(retired.map((before) => before.close()));
    },
  };
}

/** Bound to every interface it can be reached at loopback. */
function reachable(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}

function portOf(written: string): number {
  const at = parseListen(written);
  return at.kind === 'tcp' ? at.port : 0;
}

function addressOf(bound: AddressInfo | string): string {
  if (typeof bound === 'string') return `unix://${bound}`;
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return `${host}:${bound.port}`;
}

interface OpenDoor {
  /** As it is bound. */
  readonly address: string;
  /** Lets in who has come, and whoever comes. */
  open(): void;
  close(): Promise<void>;
}

/** Clients that come before the start is complete; more are refused. */
const MAX_WAITING = 512;

/** Binds an address. Who connects waits until it is opened. */
async function openDoor(
  written: string,
  take: (socket: Socket, door: Door) => void,
): Promise<OpenDoor> {
  const at = parseListen(written);
  let waiting: Socket[] | undefined = [];
  const server: Server = createServer({ pauseOnConnect: true }, (socket) => {
    if (!waiting) enter(socket);
    else if (waiting.length < MAX_WAITING) waiting.push(socket);
    else socket.destroy();
  });
  try {
    await bind(server, at);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`cannot listen on ${written}: ${code ?? message}`, { cause: error });
  }
  // Running out of handles while accepting must not end the agent.
  server.on('error', () => {});
  const bound = server.address() as AddressInfo | string;
  const door: Door = {
    host: at.kind === 'tcp' ? at.host : '',
    bound: typeof bound === 'string' ? '' : bound.address,
  };
  function enter(socket: Socket): void {
    take(socket, door);
    socket.resume();
  }
  return {
    address: addressOf(bound),
    open() {
      const held = waiting ?? [];
      waiting = undefined;
      for (const socket of held) enter(socket);
    },
    close() {
      for (const socket of waiting ?? []) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
        // Connections belong to the site: they are not waited for here.
        resolve();
      });
    },
  };
}

/** @throws the error of the system */
async function bind(server: Server, at: ListenAddress): Promise<void> {
  try {
    await bindOnce(server, at);
  } catch (error) {
    if (at.kind !== 'unix' || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    // What a killed agent has left behind.
    if (!lstatSync(at.path).isSocket() || (await isAnswered(at.path))) throw error;
    unlinkSync(at.path);
    await bindOnce(server, at);
  }
}

function bindOnce(server: Server, at: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const bound = () => {
      server.off('error', reject);
      resolve();
    };
    if (at.kind === 'fd') server.listen({ fd: at.fd }, bound);
    else if (at.kind === 'unix') server.listen({ path: at.path }, bound);
    else server.listen({ port: at.port, ...(at.host ? { host: at.host } : {}) }, bound);
  });
}

/** Whether somebody listens at a Unix socket. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED'));
  });
}
