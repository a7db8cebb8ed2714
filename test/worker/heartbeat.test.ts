import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHeartbeat } from '../../src/worker/heartbeat.ts';

/** A heartbeat whose clock can jump, as after a pause of the machine. */
function beating(answers: () => boolean) {
  let paused = 0;
  let share = { running: 1_000, waiting: 0 };
  const spent = { running: 0, waiting: 0 };
  let hung = 0;
  const heartbeat = createHeartbeat({
    ping: () => {
      if (answers()) heartbeat.heard();
    },
    onHung: () => (hung += 1),
    spent() {
      spent.running += share.running;
      spent.waiting += share.waiting;
      return { ...spent };
    },
    clock: () => performance.now() + paused,
  });
  return {
    heartbeat,
    hung: () => hung,
    /** The whole process stands still: time passes, no timer fires. */
    pause: (ms: number) => (paused += ms),
    /** What the thread does with each second, ms. */
    spends: (running: number, waiting: number) => (share = { running, waiting }),
  };
}

describe('the heartbeat', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('takes a thread for hung that does not answer while this one runs, within ten seconds', () => {
    const silent = beating(() => false);
    silent.heartbeat.heard();
    vi.advanceTimersByTime(9_000);
    expect(silent.hung()).toBe(0);
    vi.advanceTimersByTime(1_000);
    expect(silent.hung()).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(silent.hung()).toBe(1);
  });

  it('gives a thread that has said nothing yet a minute to load its code', () => {
    const loading = beating(() => false);
    vi.advanceTimersByTime(59_000);
    expect(loading.hung()).toBe(0);
    vi.advanceTimersByTime(1_000);
    expect(loading.hung()).toBe(1);
  });

  it('leaves a thread alone that answers', () => {
    const lively = beating(() => true);
    vi.advanceTimersByTime(600_000);
    expect(lively.hung()).toBe(0);
  });

  it('has patience with a thread that others keep from running', () => {
    let answers = false;
    const starved = beating(() => answers);
    starved.heartbeat.heard();
    starved.spends(100, 900);
    vi.advanceTimersByTime(60_000);
    expect(starved.hung()).toBe(0);
    answers = true;
    vi.advanceTimersByTime(1_000);
    answers = false;
    // Not for ever: a tenth of a second each second is time to answer.
    vi.advanceTimersByTime(101_000);
    expect(starved.hung()).toBe(1);
  });

  it('gives a thread that stands still a minute: it may wait for another that is starved', () => {
    const still = beating(() => false);
    still.heartbeat.heard();
    still.spends(0, 0);
    vi.advanceTimersByTime(50_000);
    expect(still.hung()).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(still.hung()).toBe(1);
  });

  it('kills no healthy thread after a pause of the machine, however long or often', () => {
    let answers = true;
    const paused = beating(() => answers);
    vi.advanceTimersByTime(5_000);
    // The answer to the last ping has not come when the machine stops; the first beat after it is late.
    for (const length of [9_500, 60_000, 3_600_000]) {
      answers = false;
      for (let round = 0; round < 20; round += 1) {
        paused.pause(length);
        vi.advanceTimersByTime(1_000);
      }
      answers = true;
      vi.advanceTimersByTime(1_000);
    }
    expect(paused.hung()).toBe(0);
    // It is still watched.
    answers = false;
    vi.advanceTimersByTime(10_000);
    expect(paused.hung()).toBe(1);
  });
});
