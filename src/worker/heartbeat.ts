/**
 * Tells a thread that hangs from one that was not let run. Counted are beats, not time: when the
 * machine or the process is paused or starved, this thread does not beat either; and of a beat only
 * the part in which the thread did not wait for a processor.
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
  /** How long the thread has waited for a processor so far, ms; undefined: it is not known. */
  waited?(): number | undefined;
  /** Monotonic clock, ms; for tests. */
  readonly clock?: () => number;
}

export function createHeartbeat({
  ping,
  onHung,
  waited = () => undefined,
  clock = () => performance.now(),
}: HeartbeatOptions): Heartbeat {
  let unanswered = 0;
  let last = clock();
  let lastWait = waited();
  /** The part of the last beat in which the thread could have answered. */
  function couldRun(): number {
    const wait = waited();
    const more = (wait ?? 0) - (lastWait ?? wait ?? 0);
    lastWait = wait;
    return 1 - Math.min(1, more / BEAT_MS);
  }
  const timer = setInterval(() => {
    const now = clock();
    const late = now - last > BEAT_MS + LATE_MS;
    last = now;
    const part = couldRun();
    if (!late) unanswered += part;
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
