/**
 * Tells a thread that hangs from one that was not let run. Counted are beats, not time: when the
 * machine or the process is paused or starved, this thread does not beat either; and a beat counts
 * as far as the thread ran in it. One that stands still may wait for threads of the engine that are
 * starved: that counts little.
 */

const BEAT_MS = 1_000;
/** A beat that comes so late says that this thread itself was kept from running: it proves nothing. */
const LATE_MS = 500;
/** What a time counts in which the thread neither ran nor waited for a processor. */
const STILL = 1 / 6;
/** A driver that keeps its thread busy for so many beats is taken for hung. */
const HUNG_BEATS = 9;
/** As long as it has said nothing it is loading its code. */
const LOADING_BEATS = 59;

/** Time of a thread, ms. */
export interface Spent {
  readonly running: number;
  /** Ready to run, without a processor. */
  readonly waiting: number;
}

export interface Heartbeat {
  /** The thread has said something. */
  heard(): void;
  stop(): void;
}

export interface HeartbeatOptions {
  ping(): void;
  /** It has not answered while it could have; called once. */
  onHung(): void;
  /** What the thread has done so far; undefined: it is not known. */
  spent?(): Spent | undefined;
  /** Monotonic clock, ms; for tests. */
  readonly clock?: () => number;
}

export function createHeartbeat({
  ping,
  onHung,
  spent = () => undefined,
  clock = () => performance.now(),
}: HeartbeatOptions): Heartbeat {
  let unanswered = 0;
  let limit = LOADING_BEATS;
  let last = clock();
  let before = spent();
  /** The part of the last beat in which the thread could have answered. */
  function couldAnswer(): number {
    const now = spent();
    const from = before;
    before = now;
    if (!now || !from) return 1;
    const ran = Math.min(1, (now.running - from.running) / BEAT_MS);
    const still = Math.max(0, 1 - ran - (now.waiting - from.waiting) / BEAT_MS);
    return ran + still * STILL;
  }
  const timer = setInterval(() => {
    const now = clock();
    const late = now - last > BEAT_MS + LATE_MS;
    last = now;
    const part = couldAnswer();
    if (!late) unanswered += part;
    if (unanswered > limit) {
      clearInterval(timer);
      onHung();
      return;
    }
    ping();
  }, BEAT_MS);
  timer.unref();
  return {
    heard() {
      limit = HUNG_BEATS;
      unanswered = 0;
    },
    stop: () => clearInterval(timer),
  };
}
