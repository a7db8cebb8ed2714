/** Sinks that fail: each costs its own records, counted and told once, and works again by itself. */
import { execFileSync } from 'node:child_process';
import {
  openSync,
  closeSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  constants,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Transition } from '../../src/backend/alerts/transition.ts';
import { createLineFile } from '../../src/telemetry/logs/file.ts';
import { createAlertOutput } from '../../src/telemetry/logs/output.ts';
import { createStdout, type WriteSome } from '../../src/telemetry/logs/stdout.ts';
import { createSelfMetrics } from '../../src/telemetry/self.ts';
import { startAgent, workspace } from '../kit/agent.ts';
import { parseExposition } from '../kit/exposition.ts';
import { eventually } from '../kit/ports.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

/** A reader that takes what it is told to take, and fails as it is told. */
function reader() {
  let text = '';
  let room = Number.POSITIVE_INFINITY;
  let error: Error | undefined;
  const writeSome: WriteSome = (bytes) => {
    if (error) throw error;
    const taken = Math.min(room, bytes.length);
    if (taken === 0) throw failure('EAGAIN');
    room -= taken;
    text += Buffer.from(bytes.subarray(0, taken)).toString('utf8');
    return taken;
  };
  return {
    writeSome,
    text: () => text,
    takes: (bytes: number) => void ((room = bytes), (error = undefined)),
    fails: (code: string) => void (error = failure(code)),
  };
}

function stdoutTo(writeSome: WriteSome, maxBytes?: number) {
  const lost: [number, string | undefined][] = [];
  let written = 0;
  const stdout = createStdout({
    onLost: (records, error) => void lost.push([records, error?.message]),
    onWritten: () => void (written += 1),
    writeSome,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
  return { stdout, lost, written: () => written };
}

describe('standard output', () => {
  it('keeps what a slow reader does not take yet, in order', async () => {
    const { writeSome, text, takes } = reader();
    const { stdout, lost } = stdoutTo(writeSome);
    takes(5);
    stdout.write(['one\n', 'two\n']);
    stdout.write(['three\n']);
    expect(text()).toBe('one\nt');
    takes(Number.POSITIVE_INFINITY);
    await stdout.idle();
    expect([text(), lost]).toEqual(['one\ntwo\nthree\n', []]);
  });

  it('is bounded in bytes: the oldest go, counted, and no line is cut', async () => {
    const { writeSome, text, takes } = reader();
    const { stdout, lost } = stdoutTo(writeSome, 100);
    takes(3);
    for (let index = 10; index < 60; index += 1) stdout.write([`line ${index}\n`]);
    const dropped = lost.reduce((sum, [records]) => sum + records, 0);
    expect(dropped).toBe(50 - 12);
    takes(Number.POSITIVE_INFINITY);
    await stdout.idle();
    const rest = Array.from({ length: 11 }, (_, index) => `line ${49 + index}\n`);
    expect(text()).toBe(`line 10\n${rest.join('')}`);
  });

  it.each(['EPIPE', 'ENOSPC', 'EIO', 'EROFS'])(
    'that fails with %s loses those records only',
    async (code) => {
      const { writeSome, text, takes, fails } = reader();
      const { stdout, lost, written } = stdoutTo(writeSome);
      stdout.write(['one\n']);
      fails(code);
      stdout.write(['two\n', 'three\n']);
      takes(Number.POSITIVE_INFINITY);
      stdout.write(['four\n']);
      await stdout.idle();
      expect(text()).toBe('one\nfour\n');
      expect(lost).toEqual([
        [1, code],
        [1, code],
      ]);
      expect(written()).toBe(2);
    },
  );

  it('that breaks off within a line begins the next one anew', async () => {
    const { writeSome, text, takes, fails } = reader();
    const { stdout, lost } = stdoutTo(writeSome);
    takes(4);
    stdout.write(['first\n']);
    fails('EPIPE');
    await stdout.idle();
    takes(Number.POSITIVE_INFINITY);
    stdout.write(['second\n']);
    await stdout.idle();
    expect([text(), lost]).toEqual(['firs\nsecond\n', [[1, 'EPIPE']]]);
  });

  it('counts what it gives up', async () => {
    const { writeSome, takes } = reader();
    const { stdout, lost } = stdoutTo(writeSome);
    takes(0);
    stdout.write(['one\n', 'two\n']);
    stdout.close();
    await stdout.idle();
    expect(lost).toEqual([[2, undefined]]);
  });
});

const ALERT: Transition = {
  kind: 'alert',
  system: 'a',
  state: 'raised',
  source: 'poll',
  alert: { alert_id: '1', alert_name: 'n', severity: 'Major', category: 'Fault' },
  observedAt: 1,
  uid: 'u',
};

describe('the file', () => {
  it('on a full disk loses those records, says so once, and goes on when there is room', async () => {
    using space = workspace();
    const file = join(space.folder, 'alerts.jsonl');
    symlinkSync('/dev/full', file);
    const logged: string[] = [];
    const note = (_fields: Record<string, unknown>, message: string) => void logged.push(message);
    const self = createSelfMetrics();
    const output = await createAlertOutput({
      config: { alert_output: { file } },
      log: { debug: note, info: note, warn: note, error: note },
      self,
      agent: { version: '1' },
      env: {},
    });
    const emit = async () => {
      output.emit(ALERT, undefined, { name: 'a', vendor: 'v', model: 'm', labels: {} });
      await output.flush(1_000);
    };
    for (let index = 0; index < 3; index += 1) await emit();
    const dropped = () => self.counts().get('delfin_alert_dropped_total')?.get('file');
    expect(dropped()).toBe(3);
    rmSync(file);
    for (let index = 0; index < 2; index += 1) await emit();
    await output.close();
    expect(dropped()).toBe(3);
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
    expect(logged).toEqual([
      'alerts can not be written: they are dropped and counted',
      'alerts can be written again',
    ]);
  });

  it('that another program rotated is made anew', () => {
    using space = workspace();
    const path = join(space.folder, 'alerts.jsonl');
    const lines = createLineFile({ path, maxBytes: 1_000, maxFiles: 1 });
    expect(lines.append(['one\n'])).toEqual({ written: 1 });
    rmSync(path);
    expect(lines.append(['two\n'])).toEqual({ written: 1 });
    expect(readFileSync(path, 'utf8')).toBe('two\n');
  });

  it('that can not be rotated does not grow: its records are counted', () => {
    using space = workspace();
    const path = join(space.folder, 'alerts.jsonl');
    const lines = createLineFile({ path, maxBytes: 8, maxFiles: 1 });
    expect(lines.append(['one\n', 'two\n']).written).toBe(2);
    // Where the rotated file should go there is a folder that is not empty.
    mkdirSync(join(`${path}.1`, 'in the way'), { recursive: true });
    const { written, error } = lines.append(['three\n']);
    expect([written, error instanceof Error]).toEqual([0, true]);
    rmSync(`${path}.1`, { recursive: true });
    expect(lines.append(['four\n']).written).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe('four\n');
  });
});

const valueOf = async (agent: Awaited<ReturnType<typeof startAgent>>, name: string, reason = '') =>
  parseExposition((await agent.get('/metrics')).text)
    .filter((sample) => sample.name === name)
    .filter(({ labels }) => reason === '' || labels['delfin_reason'] === reason)
    .reduce((sum, { value }) => sum + value, 0);

describe('an agent whose alert file', () => {
  /** In every thread: what is written to the file fails as long as a marker is there. */
  const preloadOf = (file: string, marker: string) => `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const { openSync, writeSync, existsSync } = fs;
    let alerts = -1;
    const refuse = (call) => {
      throw Object.assign(new Error('EROFS: read-only file system, ' + call), { code: 'EROFS' });
    };
    fs.openSync = (path, ...rest) => {
      const opened = openSync(path, ...rest);
      if (path === ${JSON.stringify(file)}) alerts = opened;
      return opened;
    };
    fs.writeSync = (fd, ...rest) =>
      fd === alerts && existsSync(${JSON.stringify(marker)}) ? refuse('write') : writeSync(fd, ...rest);
    syncBuiltinESMExports();`;

  it('lies on a disk that turns read-only while it is written goes on, and writes again when it is not', async () => {
    using space = workspace();
    const file = join(space.folder, 'alerts.jsonl');
    const marker = join(space.folder, 'read-only');
    const config = `
alert_output: { file: ${file} }
backends:
  - { name: a, vendor: fake_storage, model: fake_driver, alerts: { interval: 1s }, fake: { volumes: 1, alerts: 5, alert_period: 2 } }
`;
    await using agent = await startAgent(space.write('config.yaml', config), {
      nodeArgs: ['--import', space.write('read-only.mjs', preloadOf(file, marker))],
    });
    const records = () => readFileSync(file, 'utf8').split('\n').length - 1;
    const until = (what: string, is: () => Promise<boolean> | boolean) =>
      eventually(what, async () => ((await is()) ? true : undefined), 60_000);
    await until('records', () => records() > 0);
    space.write('read-only', '');
    const lost = () => valueOf(agent, 'delfin_alert_dropped_total', 'file');
    await until('lost records', async () => (await lost()) > 0);
    expect(await valueOf(agent, 'storage_system_up')).toBe(1);
    expect(agent.output()).toMatch(/alerts can not be written.*EROFS/);
    const before = records();
    rmSync(marker);
    await until('records again', () => records() > before);
    await until('it is told', () => agent.output().includes('alerts can be written again'));
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) JSON.parse(line);
  }, 200_000);
});

describe('an agent whose standard output fails', () => {
  const config = `
alert_output: { stdout: true }
backends:
  - name: a
    vendor: fake_storage
    model: fake_driver
    alerts: { interval: 1s }
    fake: { volumes: 1, alerts: 5, alert_period: 2 }
`;
  /** Transitions go on, they are counted as lost, one line says so. */
  async function expectGoesOn(agent: Awaited<ReturnType<typeof startAgent>>): Promise<void> {
    const lost = () => valueOf(agent, 'delfin_alert_dropped_total', 'stdout');
    const first = await eventually('lost records', async () => (await lost()) || undefined);
    await eventually('more of them', async () => ((await lost()) > first ? true : undefined));
    expect(await valueOf(agent, 'storage_system_up')).toBe(1);
    const told = agent.output().match(/alerts can not be written/g) ?? [];
    expect(told).toHaveLength(1);
  }

  it('as its reader is gone goes on', async () => {
    using space = workspace();
    await using agent = await startAgent(space.write('config.yaml', config));
    await agent.ready();
    agent.process.stdout?.destroy();
    await expectGoesOn(agent);
    agent.process.kill('SIGTERM');
    expect(await agent.exited).toBe(0);
  });

  it('as its disk is full goes on', async () => {
    using space = workspace();
    const stdout = openSync('/dev/full', 'w');
    await using agent = await startAgent(space.write('config.yaml', config), { stdout });
    closeSync(stdout);
    await expectGoesOn(agent);
  });

  it('as its reader is restarted gives records to the new one', async () => {
    using space = workspace();
    const fifo = join(space.folder, 'out');
    execFileSync('mkfifo', [fifo]);
    const open = () => openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const first = open();
    const stdout = openSync(fifo, 'w');
    await using agent = await startAgent(space.write('config.yaml', config), { stdout });
    closeSync(stdout);
    closeSync(first);
    await expectGoesOn(agent);
    const second = open();
    try {
      await eventually('that it works again', () =>
        agent.output().includes('alerts can be written again') ? true : undefined,
      );
    } finally {
      closeSync(second);
    }
  });
});
