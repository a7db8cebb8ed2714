import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTrace, HEALTHY_MS, NOBODY } from '../../src/worker/trace.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const running = () => new Int32Array(1).fill(NOBODY);

describe('whose code runs', () => {
  it('is not followed in a thread that was never lost', async () => {
    const now = running();
    expect(await createTrace(now, false).run(3, async () => now[0])).toBe(NOBODY);
  });

  it('is followed after a loss, also in what was started and came later', async () => {
    const now = running();
    const trace = createTrace(now, true);
    const later = Promise.withResolvers<void>();
    const three = trace.run(3, async () => {
      await later.promise;
      return now[0];
    });
    trace.run(4, () => expect(now[0]).toBe(4));
    later.resolve();
    expect(await three).toBe(3);
    vi.advanceTimersByTime(HEALTHY_MS);
  });

  it('is followed no longer once the thread is healthy: nobody is blamed for what comes then', async () => {
    const now = running();
    const handlers = process.listenerCount('unhandledRejection');
    const trace = createTrace(now, true);
    trace.run(3, () => expect(now[0]).toBe(3));
    vi.advanceTimersByTime(HEALTHY_MS);
    expect(now[0]).toBe(NOBODY);
    expect(await trace.run(4, async () => now[0])).toBe(NOBODY);
    expect(process.listenerCount('unhandledRejection')).toBe(handlers);
  });
});
