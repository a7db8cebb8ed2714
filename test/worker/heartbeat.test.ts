import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHeartbeat } from '../../src/worker/heartbeat.ts';

/** A heartbeat whose clock can jump, as after a pause of the machine. */
function beating(answers: () => boolean) {
  let paused = 0;
  let hung = 0;
  const heartbeat = createHeartbeat({
    ping: () => {
      if (answers()) heartbeat.heard();
    },
    onHung: () => (hung += 1),
    clock: () => performance.now() + paused,
  });
  return {
    heartbeat,
    hung: () => hung,
    /** The whole process stands still: time passes, no timer fires. */
    pause: (ms: number) => (paused += ms),
  };
}

describe('the heartbeat', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('takes a thread for hung that does not answer while this one runs, within ten seconds', () => {
    const silent = beating(() => false);
    vi.advanceTimersByTime(9_000);
    expect(silent.hung()).toBe(0);
    vi.advanceTimersByTime(1_000);
    expect(silent.hung()).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(silent.hung()).toBe(1);
  });

  it('leaves a thread alone that answers', () => {
    const lively = beating(() => true);
    vi.advanceTimersByTime(600_000);
    expect(lively.hung()).toBe(0);
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
