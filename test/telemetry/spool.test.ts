/** The queue on disk: what survives, and what a disk that fails costs. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { otlpOf } from '../../src/telemetry/otlp/config.ts';
import { createOutgoing } from '../../src/telemetry/otlp/outgoing.ts';
import { createBound } from '../../src/telemetry/otlp/queue.ts';
import { openSpool } from '../../src/telemetry/otlp/spool.ts';
import { createSelfMetrics, type SelfName } from '../../src/telemetry/self.ts';
import { workspace, type Workspace } from '../kit/agent.ts';
import { eventually } from '../kit/ports.ts';
import { startReceiver, type Receiver } from '../kit/receiver.ts';
import { quietLog } from '../kit/snapshot.ts';

let space: Workspace;
let receiver: Receiver;
const opened: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  space = workspace();
  receiver = await startReceiver();
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  await receiver[Symbol.asyncDispose]();
  space[Symbol.dispose]();
});

const AWAY = { kind: 'status', status: 503 } as const;

function bodyOf(values: readonly number[]): Uint8Array {
  const dataPoints = values.map((asDouble) => ({ asDouble }));
  const metrics = [{ name: 'n', gauge: { dataPoints } }];
  return Buffer.from(JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));
}

/** What one process of the agent does with its folder. */
async function process(folder: string, further: { bytes?: number; isQuick?: boolean } = {}) {
  const otlp = otlpOf({ endpoint: receiver.endpoint, protocol: 'http/json' }, {});
  if (!otlp) throw new Error('no settings');
  const self = createSelfMetrics();
  const lines: string[] = [];
  const tell = (_: unknown, text: string) => void lines.push(text);
  const log = { ...quietLog, error: tell, info: tell };
  const bound = createBound(further.bytes ?? Infinity);
  const memory = createBound(Infinity);
  const options = { signal: 'metrics', otlp, log, self, bound, memory, firstRetryMs: 10 } as const;
  const queue = createOutgoing(options);
  opened.push(queue);
  const quick = further.isQuick ? { deadlineMs: 400, patienceMs: 400 } : {};
  queue.keepIn(await openSpool({ ...options, ...quick, folder }));
  return {
    queue,
    lines,
    memory,
    count: (name: SelfName, ...labels: string[]) =>
      self
        .counts()
        .get(name)
        ?.get(['metrics', ...labels].join('\u0000')) ?? 0,
    add(...values: number[]) {
      queue.add(bodyOf(values), values.length, 'http/json');
    },
  };
}

const filesIn = (folder: string) => readdirSync(folder).sort();
const whole = (folder: string) => filesIn(folder).filter((name) => name.endsWith('.otlp'));
const saved = (folder: string, files: number) =>
  eventually('the files', () => (whole(folder).length === files ? true : undefined));

describe('a queue with a folder', () => {
  it('survives its process: in order, each once, and the folder is empty at the end', async () => {
    receiver.always(AWAY);
    const folder = join(space.folder, 'made', 'queue');
    const first = await process(folder);
    for (let at = 0; at < 12; at += 1) first.add(at * 2, at * 2 + 1);
    await saved(folder, 12);
    await first.queue.close();
    expect(first.count('delfin_otlp_dropped_items_total', 'shutdown')).toBe(0);
    const second = await process(folder);
    expect(second.count('delfin_otlp_queue_bytes')).toBeGreaterThan(0);
    second.add(24, 25);
    await saved(folder, 13);
    receiver.always({ kind: 'take' });
    await eventually('all', () => (receiver.values().length === 26 ? true : undefined));
    await second.queue.idle();
    expect(receiver.values()).toEqual(Array.from({ length: 26 }, (_, at) => at));
    expect(filesIn(folder)).toEqual([]);
    expect(second.count('delfin_otlp_queue_bytes')).toBe(0);
    expect([...first.lines, ...second.lines].filter((line) => line.includes('folder'))).toEqual([]);
  });

  it('sets broken and cut files aside, counted; the rest arrives, other files stay', async () => {
    receiver.always(AWAY);
    const first = await process(space.folder);
    for (let at = 0; at < 5; at += 1) first.add(at, at);
    await saved(space.folder, 5);
    await first.queue.close();
    const files = whole(space.folder).map((name) => join(space.folder, name));
    const [cut = '', , flipped = ''] = files;
    writeFileSync(cut, readFileSync(cut).subarray(0, -3));
    const bytes = readFileSync(flipped);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(flipped, bytes);
    space.write('metrics-0000000000000009-7.otlp.tmp', 'never finished');
    space.write('notes.txt', 'of somebody else');
    receiver.always({ kind: 'take' });
    const second = await process(space.folder);
    await second.queue.idle();
    expect(receiver.values()).toEqual([1, 1, 3, 3, 4, 4]);
    expect(second.count('delfin_otlp_dropped_items_total', 'queue_broken')).toBe(4);
    expect(second.count('delfin_otlp_queue_disk_errors_total', 'broken')).toBe(2);
    expect(second.lines.filter((line) => line.includes('broken'))).toHaveLength(1);
    expect(filesIn(space.folder)).toEqual([
      expect.stringMatching(/1-2\.otlp\.broken$/),
      expect.stringMatching(/3-2\.otlp\.broken$/),
      'notes.txt',
    ]);
  });

  it('holds its bound over what it finds: the oldest goes, counted', async () => {
    receiver.always(AWAY);
    const first = await process(space.folder);
    for (let at = 0; at < 40; at += 1) first.add(at);
    await saved(space.folder, 40);
    const bytes = first.queue.queuedBytes();
    await first.queue.close();
    const second = await process(space.folder, { bytes: bytes / 2 });
    const left = await eventually('the rest', () =>
      second.queue.queuedBytes() <= bytes / 2 && whole(space.folder).length <= 21
        ? whole(space.folder).length
        : undefined,
    );
    expect(second.count('delfin_otlp_dropped_items_total', 'queue_full')).toBe(40 - left);
    receiver.always({ kind: 'take' });
    await second.queue.idle();
    expect(receiver.values()).toEqual(Array.from({ length: left }, (_, at) => 40 - left + at));
  });

  it('goes on in memory where the folder fails, told once, and uses it again', async () => {
    receiver.always(AWAY);
    const folder = space.write('queue', 'a file');
    const { queue, add, count, lines, memory } = await process(folder);
    for (let at = 0; at < 4; at += 1) add(at);
    await eventually('errors', () =>
      count('delfin_otlp_queue_disk_errors_total', 'io') === 5 ? true : undefined,
    );
    expect(lines).toEqual(['the queue can not use its folder: it goes on in memory']);
    rmSync(folder);
    mkdirSync(folder);
    add(4);
    await saved(folder, 1);
    expect(lines).toHaveLength(2);
    // What is in memory has a bound of its own, and only it has to go.
    memory.set(0);
    receiver.always({ kind: 'take' });
    await queue.idle();
    const dropped = count('delfin_otlp_dropped_items_total', 'queue_full');
    // The one under way stays.
    expect(dropped).toBeGreaterThanOrEqual(3);
    expect(receiver.values().at(-1)).toBe(4);
    expect(receiver.values()).toHaveLength(5 - dropped);
  });

  it('keeps a batch that is halved whole until both halves are gone', async () => {
    receiver.next(AWAY, { kind: 'status', status: 413 }, { kind: 'take' });
    receiver.always({ kind: 'hang' });
    const first = await process(space.folder);
    first.add(1, 2, 3, 4);
    await eventually('the first half', () => (receiver.values().length === 2 ? true : undefined));
    expect(whole(space.folder)).toHaveLength(1);
    await first.queue.close();
    receiver.always({ kind: 'take' });
    const second = await process(space.folder);
    await second.queue.idle();
    expect(receiver.values()).toEqual([1, 2, 1, 2, 3, 4]);
    expect(whole(space.folder)).toEqual([]);
  });

  it('waits for a disk that stands still, and no longer than that', async () => {
    receiver.always(AWAY);
    const { queue, add, count, lines } = await process(space.folder, { isQuick: true });
    add(1);
    await saved(space.folder, 1);
    // Reading from a pipe that nobody writes to hangs.
    const pipe = join(space.folder, whole(space.folder)[0] ?? '');
    // At once: a reader in between would find nothing, and give the batch up.
    execFileSync('mkfifo', [`${pipe}.new`]);
    renameSync(`${pipe}.new`, pipe);
    await eventually('a time-out', () =>
      count('delfin_otlp_queue_disk_errors_total', 'timeout') > 0 ? true : undefined,
    );
    receiver.always({ kind: 'take' });
    add(2);
    await queue.idle();
    expect(receiver.values()).toEqual([2]);
    expect(count('delfin_otlp_dropped_items_total', 'queue_broken')).toBe(1);
    expect(lines[0]).toContain('goes on in memory');
    writeFileSync(pipe, 'an end');
    await eventually('the folder', () => {
      add(3);
      return lines.includes('the queue uses its folder again') ? true : undefined;
    });
  });
});
