/** The agent as its users run it: a process, its output, its end. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, eventually } from './ports.ts';

const MAIN = new URL('../../src/main.js', import.meta.url).pathname;

/** A folder for one test's files. */
export interface Workspace extends Disposable {
  readonly folder: string;
  /** Writes a file, gives its path. */
  write(name: string, content: string): string;
}

export function workspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'delfin-test-'));
  return {
    folder,
    write(name, content) {
      const file = join(folder, name);
      writeFileSync(file, content);
      return file;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the agent to its end. */
export function runAgent(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { env: { ...process.env, ...env }, maxBuffer: 256 * 2 ** 20 },
      (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

export interface RunningAgent extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly url: string;
  /** Everything it has logged so far. */
  output(): string;
  get(
    path: string,
    init?: RequestInit,
  ): Promise<{ status: number; text: string; headers: Headers }>;
  /** Waits until every backend's first round has ended. */
  ready(): Promise<void>;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
}

export interface StartOptions {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly nodeArgs?: readonly string[];
  /** Where its standard output goes: a file descriptor. */
  readonly stdout?: number;
  /** `false`: it listens where the configuration says. */
  readonly listen?: false;
}

export interface SpawnedAgent {
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  /** Waits until it has logged this. */
  says(text: string): Promise<void>;
}

/** Starts a command of the agent and waits for nothing. */
export function spawnAgent(args: readonly string[]): SpawnedAgent {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  return {
    process: child,
    exited: new Promise((resolve) => {
      child.once('exit', (code) => resolve(code));
    }),
    says: async (text) =>
      void (await eventually(text, () => (output.includes(text) ? true : undefined))),
  };
}

/** Starts `run` with a configuration on a free port of loopback. */
export async function startAgent(
  config: string,
  options: StartOptions = {},
): Promise<RunningAgent> {
  const written = /^listen: \S+:(\d+)$/m.exec(readFileSync(config, 'utf8'))?.[1];
  const port = options.listen === false ? Number(written) : await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    process.execPath,
    [
      ...(options.nodeArgs ?? []),
      MAIN,
      'run',
      '--config.file',
      config,
      ...(options.listen === false ? [] : ['--web.listen-address', `127.0.0.1:${port}`]),
      ...(options.args ?? []),
    ],
    {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', options.stdout ?? 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${url}${path}`, init);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const answers = (path: string) =>
    eventually(`${path} of the agent (${output.slice(-2_000)})`, async () => {
      if (child.exitCode !== null)
        throw new Error(`the agent ended with ${child.exitCode}: ${output}`);
      return (await get(path)).status === 200 ? true : undefined;
    });
  await answers('/-/healthy');
  return {
    process: child,
    url,
    output: () => output,
    get,
    ready: async () => void (await answers('/-/ready')),
    exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}
