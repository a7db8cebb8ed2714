/** systemd's notifications, for `Type=notify` and its watchdog. Node has no datagram Unix sockets. */
import { execFile } from 'node:child_process';

export interface Notifier {
  ready(): void;
  stopping(): void;
}

export function createNotifier(env: NodeJS.ProcessEnv = process.env): Notifier {
  if (!env['NOTIFY_SOCKET']) return { ready: () => {}, stopping: () => {} };
  const send = (...states: string[]) => {
    // Without systemd-notify there is no systemd that waits.
    execFile('systemd-notify', [`--pid=${process.pid}`, ...states], () => {});
  };
  const watchdogMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1_000;
  if (watchdogMs > 0) setInterval(() => send('WATCHDOG=1'), watchdogMs / 3).unref();
  return { ready: () => send('--ready'), stopping: () => send('STOPPING=1') };
}
