/**
 * Loaded into a measured process ahead of its program: answers its parent about the main thread.
 * JavaScript, because the part of Node that strips types would be measured as well.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const RESOLUTION_MS = 5;

if (isMainThread && process.send) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  // What the thread itself used between two turns: a busy machine that does not let it run is no stall of it.
  let burst = 0;
  let before = cpuMs();
  setInterval(() => {
    const now = cpuMs();
    burst = Math.max(burst, now - before);
    before = now;
  }, RESOLUTION_MS).unref();
  process.on('message', () => {
    const stallMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    delay.reset();
    process.send({ cpuMs: cpuMs(), stallMs, burstMs: burst });
    burst = 0;
  });
  // The channel to the parent must not keep the process.
  process.channel?.unref();
}

function cpuMs() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e3;
}
