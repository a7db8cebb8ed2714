import { describe, expect, it } from 'vitest';
import {
  AuthenticationFailed,
  BackendTimeout,
  defineDriver,
  errorType,
  NotSupported,
  SessionExpired,
  Type,
  type DriverContext,
  type Session,
} from 'delfin-agent/driver';
import { openDriver } from '../kit/open.ts';

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
    expect(await typeOf(opened.list('listVolumes'))).toBe('not_supported');
    expect(await typeOf(opened.list('listVolumes'))).toBe('not_supported');
    expect(counts.calls).toBe(1);
    await opened.list('listPorts').catch(() => {});
    expect(await opened.list('listVolumes')).toEqual([]);
    expect(await typeOf(opened.list('listDisks'))).toBe('not_supported');
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
