/** Many arrays in one thread: all are collected, few log in at the same time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGate } from '../../src/backend/gate.ts';
import type { RootLog } from '../../src/log.ts';
import { createHost } from '../../src/worker/host.ts';
import type { FromWorker } from '../../src/worker/messages.ts';
import { createTrace } from '../../src/worker/trace.ts';
import { workspace, type Workspace } from '../kit/agent.ts';
import { eventually } from '../kit/ports.ts';

const quiet: RootLog = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const ARRAYS = 500;

/** Tells through the global scope: a driver is loaded as users' drivers are. */
const DRIVER = `import { defineDriver, Type } from 'delfin-agent/driver';
const counts = globalThis.openings = { now: 0, most: 0, all: 0, closed: 0 };
export default defineDriver({
  vendor: 'test', model: 'many', access: Type.Object({}), capabilities: () => ({}),
  async open() {
    counts.all += 1;
    counts.now += 1;
    counts.most = Math.max(counts.most, counts.now);
    await new Promise((resolve) => setTimeout(resolve, 20));
    counts.now -= 1;
    return {
      getStorage: async () => ({ name: 'x', vendor: 'test', model: 'many', status: 'normal', serial_number: String(counts.all) }),
      listStoragePools: async () => [], listVolumes: async () => [],
      close: async () => void (counts.closed += 1),
    };
  },
});
`;

interface Openings {
  readonly now: number;
  readonly most: number;
  readonly all: number;
  readonly closed: number;
}

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

describe('five hundred arrays that are started together', () => {
  it('are all collected; at most sixteen of a thread log in at the same time', async () => {
    space.write('many.ts', DRIVER);
    const collected = new Set<string>();
    const firstRounds = new Set<string>();
    /** How often the numbers of the thread were told, and whether those of a round came before its end. */
    const numbers = { told: 0, late: 0 };
    let counted: ReadonlyMap<string, number> = new Map();
    const send = (message: FromWorker) => {
      if (message.type === 'self') {
        numbers.told += 1;
        counted = message.counts.get('delfin_collection_runs_total') ?? new Map();
      }
      if (message.type === 'first-round') {
        firstRounds.add(message.system);
        if (counted.get(`${message.system}\u0000inventory`) !== 1) numbers.late += 1;
      }
      if (message.type === 'status' && message.status.up) collected.add(message.status.name);
    };
    const host = createHost(quiet, send, createTrace(new Int32Array(1), false));
    const backends = Array.from({ length: ARRAYS }, (_, index) => ({
      name: `array-${index}`,
      vendor: 'test',
      model: 'many',
      inventory: { interval: '1h' },
      alerts: { enabled: false },
    }));
    const prepared = await host.prepare({
      plain: { folder: space.folder, value: {}, modules: ['./many.ts'], backends },
      outputs: '',
      fingerprints: {},
      slots: {},
      // The spread of the start is for each thread: none here, so that all come at once.
      threads: 0,
    });
    await prepared.commit();
    await eventually(
      'all are collected',
      () => (collected.size === ARRAYS && firstRounds.size === ARRAYS ? true : undefined),
      60_000,
    );
    const counts = (globalThis as unknown as { openings: Openings }).openings;
    expect(counts.most).toBeGreaterThan(1);
    expect(counts.most).toBeLessThanOrEqual(16);
    expect(counts.all).toBe(ARRAYS);
    // Once for many rounds, at five a second: each time it is a number for each count of each array.
    expect(numbers.told).toBeLessThan(ARRAYS);
    expect(numbers.late).toBe(0);
    await host.stop();
    expect(counts.closed).toBe(ARRAYS);
  }, 120_000);
});

describe('a place to log in', () => {
  const never = new AbortController().signal;

  it('is given in order, and given back whatever becomes of the login', async () => {
    const gate = createGate(1, 60_000);
    const said: string[] = [];
    const work = (name: string, fail = false) =>
      gate.run(never, async () => {
        said.push(`${name} in`);
        await Promise.resolve();
        said.push(`${name} out`);
        if (fail) throw new Error(name);
      });
    const results = await Promise.allSettled([work('a'), work('b', true), work('c')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(said).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('is not kept by a login that hangs', async () => {
    const gate = createGate(1, 5);
    void gate.run(never, () => new Promise(() => {}));
    expect(await gate.run(never, async () => 'in')).toBe('in');
    // The one that hangs has given its place back once, not twice.
    void gate.run(never, () => new Promise(() => {}));
    expect(await gate.run(never, async () => 'in again')).toBe('in again');
  });

  it('is no longer waited for when the array stops, and goes to the next', async () => {
    const gate = createGate(1, 60_000);
    const stopping = new AbortController();
    const first = Promise.withResolvers<void>();
    const running = gate.run(never, () => first.promise);
    const stopped = gate.run(stopping.signal, async () => 'never');
    const next = gate.run(never, async () => 'next');
    stopping.abort(new Error('stopping'));
    await expect(stopped).rejects.toThrow('stopping');
    first.resolve();
    await running;
    expect(await next).toBe('next');
  });
});
