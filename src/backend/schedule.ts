/** A job on its own clock: never overlapping itself, on a fixed grid, backing off when it fails. */
import type { Log } from '../driver/driver.ts';

const MAX_BACKOFF_MS = 16 * 60_000;
/** A timer's bound of 32 bit: a longer wait is several. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How a run ended; a number asks for that wait, ms. */
export type Outcome = 'ok' | 'failed' | number;

export interface JobOptions {
  readonly name: string;
  /** Asked before each run is scheduled: it may change. */
  intervalMs(): number;
  /** When the first run starts. */
  readonly firstDelayMs: number;
  /** Where in the interval later runs start, [0, 1). */
  readonly phase: number;
  readonly log: Log;
  /** One run. Repeated failure doubles the wait. */
  run(): Promise<Outcome>;
  /** Runs of the grid that passed while one was still going. */
  onSkipped?(count: number): void;
}

export interface Job {
  /** Runs soon, once, unless it is running or about to. */
  trigger(delayMs: number): void;
  /** No run starts for this long. */
  hold(delayMs: number): void;
  /** No further run starts; resolves when the current one has ended. */
  stop(): Promise<void>;
}

export function startJob(options: JobOptions): Job {
  let timer: NodeJS.Timeout | undefined;
  let due = Infinity;
  let running: Promise<void> | undefined;
  let stopped = false;
  let failures = 0;
  let heldUntil = 0;

  function schedule(delayMs: number): void {
    if (stopped) return;
    clearTimeout(timer);
    due = Math.max(performance.now() + delayMs, heldUntil);
    arm();
  }

  function arm(): void {
    const waitMs = Math.max(0, due - performance.now());
    timer = setTimeout(waitMs > MAX_TIMER_MS ? arm : begin, Math.min(waitMs, MAX_TIMER_MS));
  }

  function begin(): void {
    due = Infinity;
    running = execute().finally(() => {
      running = undefined;
    });
  }

  async function execute(): Promise<void> {
    const started = performance.now();
    let outcome: Outcome = 'failed';
    try {
      outcome = await options.run();
    } catch (error) {
      options.log.error({ job: options.name, err: error }, 'a job failed unexpectedly');
    }
    failures = outcome === 'ok' ? 0 : failures + 1;
    const skipped = Math.floor((performance.now() - started) / options.intervalMs());
    if (skipped > 0) options.onSkipped?.(skipped);
    schedule(typeof outcome === 'number' ? outcome : wait());
  }

  /** To the next point of the grid, at least half an interval away; longer after failures. */
  function wait(): number {
    const now = performance.now();
    const intervalMs = options.intervalMs();
    const offset = options.phase * intervalMs;
    const next = Math.ceil((now + intervalMs / 2 - offset) / intervalMs) * intervalMs + offset;
    if (failures < 2) return next - now;
    return Math.max(next - now, Math.min(intervalMs * 2 ** (failures - 1), MAX_BACKOFF_MS));
  }

  schedule(options.firstDelayMs);
  return {
    trigger(delayMs) {
      if (!running && performance.now() + delayMs < due) schedule(delayMs);
    },
    hold(delayMs) {
      heldUntil = performance.now() + delayMs;
      if (!running) schedule(delayMs);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** A number in [0, 1) that depends only on the name: spreads backends over their interval. */
export function spread(name: string): number {
  let hash = 2_166_136_261;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 16_777_619);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 4_294_967_296;
}
