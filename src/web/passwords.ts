/** Checks passwords in a thread of its own, which is there only while there is something to check. */
import { Worker } from 'node:worker_threads';
import type { Compare } from './auth.ts';
import type { PasswordCheck, PasswordResult } from './password-thread.ts';

/** A thread without work is ended after this time: it costs memory. */
const IDLE_MS = 5_000;

/** One check at a time. */
export function compareInThread(): Compare {
  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let result = Promise.withResolvers<boolean>();

  function start(): Worker {
    const file = `./password-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
    const started = new Worker(new URL(file, import.meta.url));
    const failed = (error: unknown) => {
      if (thread !== started) return;
      thread = undefined;
      result.reject(error instanceof Error ? error : new Error('the password thread ended'));
    };
    started.on('message', (matches: PasswordResult) => result.resolve(matches));
    started.on('error', failed);
    started.on('exit', failed);
    // It must not keep an agent alive that stops.
    started.unref();
    return started;
  }

  function end(): void {
    const ended = thread;
    thread = undefined;
    void ended?.terminate();
  }

  return async (password, hash) => {
    clearTimeout(idle);
    result = Promise.withResolvers();
    thread ??= start();
    thread.postMessage({ password, hash } satisfies PasswordCheck);
    try {
      return await result.promise;
    } finally {
      idle = setTimeout(end, IDLE_MS).unref();
    }
  };
}
