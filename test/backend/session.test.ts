import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Absent,
  AuthenticationFailed,
  BackendTimeout,
  defineDriver,
  errorType,
  LoginRefused,
  NotSupported,
  SessionExpired,
  Type,
  type DriverContext,
  type Session,
} from 'delfin-agent/driver';
import { openDriver } from '../../src/testing/open.ts';

interface Script {
  /** What the nth session's listVolumes does. */
  readonly volumes?: (
    session: number,
    signal: AbortSignal,
  ) => Promise<readonly { native_volume_id: string }[]>;
  readonly open?: (session: number, context: DriverContext) => Promise<void>;
  readonly more?: Partial<Session>;
}

/** A driver that counts what is done to it. */
function scripted(script: Script) {
  const counts = { opened: 0, closed: 0, calls: 0 };
  const driver = defineDriver({
    vendor: 'test',
    model: 'scripted',
    title: 'Scripted',
    access: Type.Object({}),
    async open(_access, context) {
      counts.opened += 1;
      const mine = counts.opened;
      await script.open?.(mine, context);
      return {
        getStorage: async () => ({}),
        listStoragePools: async () => [],
        listVolumes: async (signal) => {
          counts.calls += 1;
          return (await script.volumes?.(mine, signal)) ?? [];
        },
        ...script.more,
        close: async () => {
          counts.closed += 1;
        },
      };
    },
  });
  return { driver, counts };
}

const never = () => new Promise<never>(() => {});
const typeOf = async (work: Promise<unknown>) =>
  errorType(
    await work.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );

describe('the managed session', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('opens once for calls that come together, and logs out at the end', async () => {
    const { driver, counts } = scripted({});
    const opened = openDriver(driver, {});
    await Promise.all([
      opened.list('listVolumes'),
      opened.list('listStoragePools'),
      opened.getStorage(),
    ]);
    await opened[Symbol.asyncDispose]();
    expect(counts).toMatchObject({ opened: 1, closed: 1 });
  });

  it('reopens once when the session is gone, for all calls that lost it, and repeats them', async () => {
    const { driver, counts } = scripted({
      volumes: async (session) => {
        if (session === 1) throw new SessionExpired('gone');
        return [{ native_volume_id: 'v' }];
      },
    });
    await using opened = openDriver(driver, {});
    const lists = await Promise.all([1, 2, 3].map(() => opened.list('listVolumes')));
    expect(lists.every((list) => Array.isArray(list) && list.length === 1)).toBe(true);
    expect(counts).toMatchObject({ opened: 2, closed: 1, calls: 6 });
  });

  it('gives up after the second loss in a row: no login storm', async () => {
    const { driver, counts } = scripted({
      volumes: async () => {
        throw new SessionExpired('gone for ever');
      },
    });
    await using opened = openDriver(driver, {});
    expect(await typeOf(opened.list('listVolumes'))).toBe('session_expired');
    expect(counts.opened).toBe(2);
  });

  it('does not try a refused login again by itself', async () => {
    const { driver, counts } = scripted({
      open: async () => {
        throw new AuthenticationFailed('no');
      },
    });
    await using opened = openDriver(driver, {});
    expect(await typeOf(opened.list('listVolumes'))).toBe('authentication');
    expect(counts.opened).toBe(1);
  });

  it('remembers what the array lacks until it is opened again', async () => {
    const { driver, counts } = scripted({
      volumes: async (session) => {
        if (session === 1) throw new NotSupported('no licence');
        return [];
      },
      more: {
        listPorts: async () => {
          throw new SessionExpired('gone');
        },
      },
    });
    await using opened = openDriver(driver, {});
    for (const _ of [1, 2, 3]) {
      expect(await typeOf(opened.list('listVolumes'))).toBe('not_supported');
    }
    expect(counts.calls).toBe(2);
    await opened.list('listPorts').catch(() => {});
    expect(await opened.list('listVolumes')).toEqual([]);
    expect(await typeOf(opened.list('listDisks'))).toBe('not_supported');
  });

  it('asks for what the array lacks again after an hour', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    let licensed = false;
    const { driver, counts } = scripted({
      volumes: async () => {
        if (!licensed) throw new NotSupported('no licence');
        return [];
      },
    });
    await using opened = openDriver(driver, {});
    // Said once, it may be a fault that looks like it.
    for (const _ of [1, 2]) {
      expect(await typeOf(opened.list('listVolumes'))).toBe('not_supported');
    }
    licensed = true;
    vi.advanceTimersByTime(3_599_000);
    expect(await typeOf(opened.list('listVolumes'))).toBe('not_supported');
    expect(counts.calls).toBe(2);
    vi.advanceTimersByTime(1_000);
    expect(await opened.list('listVolumes')).toEqual([]);
  });

  it('believes no bare status: it asks for the list in each round', async () => {
    let rounds = 0;
    const { driver, counts } = scripted({
      volumes: async () => {
        rounds += 1;
        if (rounds <= 3) throw new Absent('HTTP 404');
        return [];
      },
    });
    await using opened = openDriver(driver, {});
    for (const _ of [1, 2, 3]) {
      expect(await typeOf(opened.list('listVolumes'))).toBe('not_supported');
    }
    expect(await opened.list('listVolumes')).toEqual([]);
    expect(counts.calls).toBe(4);
  });

  it('does not try a refused login again: it speaks of the whole array', async () => {
    const { driver, counts } = scripted({
      volumes: async () => {
        throw new LoginRefused('the password has changed');
      },
    });
    await using opened = openDriver(driver, {});
    const error: unknown = await opened.list('listVolumes').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LoginRefused);
    expect(opened.session.openFailed(error)).toBe(true);
    expect(opened.session.lost()).toBe(true);
    expect(counts).toMatchObject({ opened: 1, calls: 1 });
  });

  it('takes "not supported" of what has answered before for a passing fault', async () => {
    let answers = true;
    const { driver } = scripted({
      volumes: async () => {
        if (!answers) throw new NotSupported('404');
        return [];
      },
    });
    await using opened = openDriver(driver, {});
    await opened.list('listVolumes');
    answers = false;
    expect(await typeOf(opened.list('listVolumes'))).toBe('backend');
    answers = true;
    expect(await opened.list('listVolumes')).toEqual([]);
  });

  it('opens anew beside the old session, and lets its calls end there', async () => {
    const slow = Promise.withResolvers<void>();
    const order: string[] = [];
    const { driver, counts } = scripted({
      volumes: async (session) => {
        if (session === 1) throw new AuthenticationFailed('401');
        return [{ native_volume_id: `of ${session}` }];
      },
      more: {
        listPorts: async () => {
          await slow.promise;
          order.push(`ports, ${counts.closed} closed`);
          return [{ native_port_id: 'p' }];
        },
      },
    });
    await using opened = openDriver(driver, {});
    const ports = opened.list('listPorts');
    await opened.getStorage();
    expect(await opened.list('listVolumes')).toMatchObject([{ native_volume_id: 'of 2' }]);
    slow.resolve();
    expect(await ports).toMatchObject([{ native_port_id: 'p' }]);
    expect(order).toEqual(['ports, 0 closed']);
    await expect.poll(() => counts.closed).toBe(1);
    expect(counts.opened).toBe(2);
  });

  it('does not log in for every call of a session that always ends: no login storm', async () => {
    const { driver, counts } = scripted({
      volumes: async () => {
        throw new SessionExpired('gone');
      },
      more: {
        getStorage: async () => {
          throw new SessionExpired('gone');
        },
        listPorts: async () => {
          throw new AuthenticationFailed('gone');
        },
      },
    });
    await using opened = openDriver(driver, {});
    for (let round = 0; round < 3; round += 1) {
      await typeOf(opened.getStorage());
      await typeOf(opened.list('listVolumes'));
      await typeOf(opened.list('listPorts'));
    }
    expect(counts.opened).toBe(2);
  });

  it('logs in once for a resource the account may not read, and leaves the others alone', async () => {
    const { driver, counts } = scripted({
      volumes: async () => {
        throw new AuthenticationFailed('401');
      },
    });
    await using opened = openDriver(driver, {});
    for (let round = 0; round < 5; round += 1) {
      expect(await typeOf(opened.list('listVolumes'))).toBe('authentication');
      expect(await opened.getStorage()).toBeDefined();
    }
    expect(counts.opened).toBe(2);
    expect(opened.session.lost()).toBe(false);
  });

  it('waits for the answer to a login when it stops, and logs out with it', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const order: string[] = [];
    const { driver, counts } = scripted({
      open: async (_session, context) => {
        context.signal.addEventListener('abort', () => order.push('transports closed'));
        asked.resolve();
        await answer.promise;
      },
    });
    const opened = openDriver(driver, {});
    const call = typeOf(opened.getStorage());
    await asked.promise;
    const closing = opened[Symbol.asyncDispose]();
    expect(await call).toBe('session_expired');
    order.push(`${counts.closed} closed`);
    answer.resolve();
    await closing;
    expect(order).toEqual(['0 closed', 'transports closed']);
    expect(counts).toMatchObject({ opened: 1, closed: 1 });
  });

  it('ends a driver that ignores its signal at the deadline, and stays usable', async () => {
    let hang = true;
    const { driver } = scripted({ volumes: () => (hang ? never() : Promise.resolve([])) });
    await using opened = openDriver(driver, {}, { callTimeoutMs: 50 });
    await expect(opened.list('listVolumes')).rejects.toBeInstanceOf(BackendTimeout);
    hang = false;
    expect(await opened.list('listVolumes')).toEqual([]);
  });

  it('logs out of a session that came too late', async () => {
    const release = Promise.withResolvers<void>();
    const { driver, counts } = scripted({ open: () => release.promise });
    await using opened = openDriver(driver, {}, { openTimeoutMs: 50 });
    expect(await typeOf(opened.getStorage())).toBe('timeout');
    release.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(counts).toMatchObject({ opened: 1, closed: 1 });
  });

  it('cancels what is running when it stops', async () => {
    const started = Promise.withResolvers<void>();
    const { driver, counts } = scripted({
      volumes: () => {
        started.resolve();
        return never();
      },
    });
    const opened = openDriver(driver, {});
    const running = typeOf(opened.list('listVolumes'));
    await started.promise;
    await opened[Symbol.asyncDispose]();
    expect(await running).toBe('session_expired');
    expect(counts.closed).toBe(1);
    expect(await typeOf(opened.getStorage())).toBe('session_expired');
  });
});
