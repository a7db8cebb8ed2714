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
  process.on('message', () => {
    const { user, system } = process.threadCpuUsage();
    const stallMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    delay.reset();
    process.send({ cpuMs: (user + system) / 1e3, stallMs });
  });
  // The channel to the parent must not keep the process.
  process.channel?.unref();
}
