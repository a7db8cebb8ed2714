/** What the trap tests share: a running receiver, net-snmp's senders, and traps that were taken. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { describe } from 'vitest';
import type { Log, Trap } from 'delfin-agent/driver';
import type { TrapsConfig } from '../../src/config/schema.ts';
import { startTraps, type TrapRoute, type TrapService } from '../../src/traps/service.ts';
import { receiveTraps } from '../../src/traps/worker.ts';
import { eventually } from '../kit/ports.ts';
import { scratch } from './scratch.ts';

export const TRAP_OID = '1.3.6.1.4.1.32473.1.0.1';
export const hasSnmptrap = existsSync('/usr/bin/snmptrap');
export const hasSnmptrapd = existsSync('/usr/sbin/snmptrapd');

export interface Taken {
  readonly backend: string;
  readonly trap: Trap;
}

export interface RunningTraps extends AsyncDisposable {
  readonly service: TrapService;
  readonly port: number;
  /** Traps handed to the backends, in order. */
  readonly taken: Taken[];
  /** Traps of no backend. */
  readonly unknown: Trap[];
  /** Everything logged, as text. */
  readonly logged: string[];
  /** The next trap that was not asked for before. */
  next(): Promise<Taken>;
  /** Refusals by reason, only those that happened. */
  dropped(): Promise<Record<string, number>>;
}

export interface RunOptions {
  readonly routes?: readonly TrapRoute[];
  readonly resolve?: (name: string) => Promise<readonly string[]>;
  /** What the backend does with a trap; the inform is answered after it. */
  readonly take?: (backend: string, trap: Trap) => void | Promise<void>;
}

export const LOOPBACK_ROUTE: TrapRoute = { backend: 'array', sources: ['127.0.0.1', '::1'] };

export async function runTraps(
  config: TrapsConfig,
  options: RunOptions = {},
): Promise<RunningTraps> {
  const routes = options.routes ?? [LOOPBACK_ROUTE];
  const taken: Taken[] = [];
  const unknown: Trap[] = [];
  const logged: string[] = [];
  const service = await startTraps({
    config: { listen: '127.0.0.1:0', ...config },
    routes,
    log: capture(logged),
    onUnknown: (trap) => void unknown.push(trap),
    ...(options.resolve ? { resolve: options.resolve } : {}),
  });
  const { port1, port2 } = new MessageChannel();
  receiveTraps(port2, async (backend, trap) => {
    await options.take?.(backend, trap);
    taken.push({ backend, trap });
  });
  service.attach(
    routes.map(({ backend }) => backend),
    port1,
  );
  let asked = 0;
  return {
    service,
    port: service.addresses[0]?.port ?? 0,
    taken,
    unknown,
    logged,
    async next() {
      asked += 1;
      return eventually(`trap ${asked}`, () => taken[asked - 1]);
    },
    async dropped() {
      const { dropped } = await service.currentStats();
      return Object.fromEntries(Object.entries(dropped).filter(([, count]) => count > 0));
    },
    async [Symbol.asyncDispose]() {
      await service.close();
      port2.close();
    },
  };
}

export function capture(lines: string[]): Log {
  const write = (fields: Record<string, unknown>, message: string) =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { debug: write, info: write, warn: write, error: write };
}

/** Runs one of net-snmp's programs to its end, without the machine's configuration. */
export async function run(
  program: 'snmptrap' | 'snmpinform',
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  using folder = scratch();
  // Where it is missing, the programs say that they made it.
  mkdirSync(join(folder.path, 'cert_indexes'));
  const child = spawn(program, args, {
    env: {
      PATH: process.env['PATH'] ?? '',
      MIBS: '',
      SNMPCONFPATH: folder.path,
      SNMP_PERSISTENT_DIR: folder.path,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

/** Skips with the reason printed; CI fails on it. */
export function describeWith(available: boolean, what: string) {
  if (!available) console.log(`skipped: ${what} is not installed`);
  return describe.skipIf(!available);
}
