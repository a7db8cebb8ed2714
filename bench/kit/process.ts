/** A measured process: the agent, or what it is compared with. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { eventually, freePort } from '../../test/kit/ports.ts';
import { workspace } from '../../test/kit/agent.ts';
import { scrape } from './client.ts';

const PROBE = new URL('./probe.js', import.meta.url).href;
/** Of the times in /proc. */
const TICK_MS = 10;
const READY_MS = 180_000;
const MAIN = new URL('../../src/main.js', import.meta.url).pathname;

/** What the probe answers. */
export interface Reading {
  /** Processor time of the main thread so far, ms. */
  readonly cpuMs: number;
  /** Longest time that the event loop was kept since the last reading, ms. */
  readonly stallMs: number;
  /** Most processor time it used without a turn for others since the last reading, ms. */
  readonly burstMs: number;
}

export interface Measured extends AsyncDisposable {
  readonly port: number;
  /** Processor time so far, and the longest stall since the last reading. */
  read(): Promise<Reading>;
  /** Resident memory, MB; with `peak` the highest since `resetPeak`. */
  residentMb(peak?: boolean): number;
  resetPeak(): void;
  /** Processor time of all threads so far, ms. */
  allThreadsMs(): number;
}

/** Processor time of all threads of a process so far, ms. */
export function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const [user = 0, system = 0] = fields.slice(11, 13).map(Number);
  return (user + system) * TICK_MS;
}

/** Resident memory of a process, MB; with `peak` the highest. */
export function residentMbOf(pid: number, peak = false): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, kib] = (peak ? /VmHWM:\s+(\d+)/ : /VmRSS:\s+(\d+)/).exec(status) ?? [];
  return (Number(kib) * 1_024) / 1e6;
}

export interface MeasureOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly nodeArgs?: readonly string[];
  /** Whether it is ready. */
  ready(port: number): Promise<boolean>;
}

export async function measure(options: MeasureOptions): Promise<Measured> {
  const child = fork(options.program, options.args, {
    execArgv: [...(options.nodeArgs ?? []), '--import', PROBE],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const ready = async () => (await options.ready(options.port)) || undefined;
  const ended = exited.then(([code]) => {
    throw new Error(`${options.program} ended with ${String(code)}`);
  });
  await Promise.race([eventually(options.program, ready, READY_MS), ended]);
  ended.catch(() => {});
  return {
    port: options.port,
    async read() {
      const answered = once(child, 'message');
      child.send('read');
      const [reading] = (await answered) as [Reading];
      return reading;
    },
    residentMb: (peak) => residentMbOf(child.pid ?? 0, peak),
    resetPeak: () => writeFileSync(`/proc/${child.pid}/clear_refs`, '5'),
    allThreadsMs: () => cpuMsOf(child.pid ?? 0),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The agent, started as its own scripts start it, after the first collections. */
export async function measureAgent(config: string): Promise<Measured> {
  using space = workspace();
  const port = await freePort();
  return await measure({
    program: MAIN,
    args: [
      'run',
      '--config.file',
      space.write('config.yaml', config),
      '--web.listen-address',
      `127.0.0.1:${port}`,
      '--log.level',
      'error',
    ],
    port,
    nodeArgs: ['--max-semi-space-size=2'],
    ready: async () => (await scrape(port, { path: '/-/ready' })).status === 200,
  });
}
