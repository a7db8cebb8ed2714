/**
 * Tells a thread that hangs from one that was not let run. Counted are beats, not time: when the
 * machine or the process is paused or starved, this thread does not beat either.
 */

const BEAT_MS = 1_000;
/** A beat that comes so late says that this thread itself was kept from running: it proves nothing. */
const LATE_MS = 500;
/** A driver that keeps its thread busy for so many beats is taken for hung. */
const HUNG_BEATS = 9;

export interface Heartbeat {
  /** The thread has said something. */
  heard(): void;
  stop(): void;
}

export interface HeartbeatOptions {
  ping(): void;
  /** It has not answered while it could have; called once. */
  onHung(): void;
  /** Monotonic clock, ms; for tests. */
  readonly clock?: () => number;
}

export function createHeartbeat({
  ping,
  onHung,
  clock = () => performance.now(),
}: HeartbeatOptions): Heartbeat {
  let unanswered = 0;
  let last = clock();
  const timer = setInterval(() => {
    const now = clock();
    const late = now - last > BEAT_MS + LATE_MS;
    last = now;
    if (!late) unanswered += 1;
    if (unanswered > HUNG_BEATS) {
      clearInterval(timer);
      onHung();
      return;
    }
    ping();
  }, BEAT_MS);
  timer.unref();
  return {
    heard() {
      unanswered = 0;
    },
    stop: () => clearInterval(timer),
  };
}
