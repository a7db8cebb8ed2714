/** The connection to the made-up array: latency and failures, as the options say. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AuthenticationFailed,
  BackendError,
  BackendUnreachable,
  NotSupported,
  SessionExpired,
  type DriverContext,
} from 'delfin-agent/driver';
import type { Fake } from './options.ts';

export interface FakeClient {
  /** Reads one list; `value` makes it. */
  read<T>(list: string, value: () => T | Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function connect(options: Fake, context: DriverContext): Promise<FakeClient> {
  const { fail } = options;
  const has = (lists: readonly string[] | undefined, list: string) =>
    lists?.includes(list) ?? false;
  await sleep(options.latency_ms, undefined, { signal: context.signal });
  if (fail.unreachable) throw new BackendUnreachable('fake array: connection refused');
  if (options.password?.reveal() === 'wrong') {
    throw new AuthenticationFailed(
      `fake array: login refused for user ${options.username ?? 'admin'}`,
    );
  }
  let requests = 0;
  return {
    async read(list, value) {
      requests += 1;
      await sleep(options.latency_ms, undefined, { signal: context.signal });
      if (requests > (fail.session_expires_after ?? Infinity)) {
        throw new SessionExpired('fake array: the session has ended');
      }
      if (has(fail.lists, list))
        throw new BackendError('E42', `fake array: ${list} failed as configured`);
      if (has(fail.unsupported, list)) throw new NotSupported(`fake array: no licence for ${list}`);
      if (has(fail.hang, list)) await hang(context.signal);
      if (has(fail.spin, list)) spin();
      if (has(fail.exhaust_memory, list)) exhaustMemory();
      const made = await value();
      return has(fail.malformed, list) ? malform(made) : made;
    },
    close: async () => {},
  };
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** What a driver with an endless loop does to its thread. */
function spin(): never {
  for (;;) Math.sqrt(Math.random());
}

function exhaustMemory(): never {
  const kept: number[][] = [];
  for (;;) kept.push(Array.from({ length: 100_000 }, () => Math.random()));
}

/** Spoils a list: no id, a field of the wrong kind, an endless text, an id twice. */
function malform<T>(value: T): T {
  if (!Array.isArray(value)) return value;
  const [first] = value as Record<string, unknown>[];
  if (!first) return value;
  const idField = Object.keys(first).find((field) => field.startsWith('native_')) ?? 'id';
  const { [idField]: id, ...withoutId } = first;
  return [
    ...(value as unknown[]),
    withoutId,
    { ...first },
    { ...first, [idField]: `${String(id)}-nan`, total_capacity: Number.NaN },
    { ...first, [idField]: `${String(id)}-long`, name: 'x'.repeat(1_000_000) },
    { ...first, [idField]: `${String(id)}-odd`, status: 'on fire' },
    'not a record',
  ] as T;
}
