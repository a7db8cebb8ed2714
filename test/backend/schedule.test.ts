/** When collections run: phases, overruns, back-off, and how starts are spread. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { spread, startJob, type Outcome } from '../../src/backend/schedule.ts';
import type { Log } from 'delfin-agent/driver';

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe('a job', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function start(outcomes: Outcome[], durationMs = 0) {
    const runs: number[] = [];
    const skips: number[] = [];
    const job = startJob({
      name: 'j',
      intervalMs: () => 60_000,
      firstDelayMs: 1_000,
      phase: 0,
      log: quiet,
      onSkipped: (count) => skips.push(count),
      run: async () => {
        runs.push(Math.round(performance.now() / 1_000));
        if (durationMs > 0) await new Promise((resolve) => setTimeout(resolve, durationMs));
        return outcomes.shift() ?? 'ok';
      },
    });
    return { job, runs, skips };
  }

  it('runs soon, then on its grid', async () => {
    const origin = performance.now();
    const { runs } = start([]);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(runs[0]).toBe(Math.round(origin / 1_000) + 1);
    for (const run of runs.slice(1)) expect(run % 60).toBe(0);
    expect(runs.length).toBeGreaterThanOrEqual(3);
  });

  it('backs off after repeated failure, and comes back', async () => {
    const { runs } = start(['failed', 'failed', 'failed', 'ok']);
    await vi.advanceTimersByTimeAsync(600_000);
    const gaps = runs.slice(1).map((run, index) => run - (runs[index] ?? 0));
    expect(gaps[1]).toBe(120);
    expect(gaps[2]).toBe(240);
    expect(gaps[3]).toBe(60);
  });

  it('waits as long as a failure asks for, and starts nothing while held', async () => {
    const { job, runs } = start([900_000]);
    await vi.advanceTimersByTimeAsync(890_000);
    expect(runs).toHaveLength(1);
    job.hold(100_000);
    await vi.advanceTimersByTimeAsync(99_000);
    expect(runs).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(runs).toHaveLength(2);
  });

  it('never overlaps itself, counts what it missed, and ends with its run', async () => {
    const { job, runs, skips } = start([], 150_000);
    await vi.advanceTimersByTimeAsync(160_000);
    expect(runs).toHaveLength(1);
    expect(skips).toEqual([2]);
    await job.stop();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(runs).toHaveLength(1);
  });

  it('waits as long as written, also longer than a timer can', async () => {
    const runs: number[] = [];
    startJob({
      name: 'j',
      intervalMs: () => 365 * 86_400_000,
      firstDelayMs: 0,
      phase: 0,
      log: quiet,
      run: async () => {
        runs.push(performance.now());
        return 'ok';
      },
    });
    await vi.advanceTimersByTimeAsync(100 * 86_400_000);
    expect(runs).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(450 * 86_400_000);
    expect(runs).toHaveLength(2);
  });

  it('runs early when asked to, once', async () => {
    const { job, runs } = start([]);
    await vi.advanceTimersByTimeAsync(2_000);
    job.trigger(5_000);
    job.trigger(5_000);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(runs).toHaveLength(2);
  });
});

describe('the spread of starts', () => {
  it('is even over many names', () => {
    const buckets = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 1_000; index += 1) {
      const bucket = Math.floor(spread(`array-${index}`) * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    expect(Math.min(...buckets)).toBeGreaterThan(50);
  });
});
