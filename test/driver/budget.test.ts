import { describe, expect, it } from 'vitest';
import { createBudget } from '../../src/driver/budget.ts';
import { withSignal } from '../../src/driver/scope.ts';

const never = new AbortController().signal;

/** Everything that was waiting for a place has had its turn. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Requests that end when told; what has been started, in order. */
function requests(limit: number) {
  const budget = createBudget(limit);
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (name: string, method: string, signal = never) =>
    withSignal(
      signal,
      () =>
        budget.run(signal, () => {
          started.push(name);
          return new Promise<void>((resolve) => {
            ends.set(name, resolve);
          });
        }),
      method,
    );
  return { budget, started, start, end: (name: string) => ends.get(name)?.() };
}

describe('the budget of an array', () => {
  it('lets alerts, a login and a logout through when everything else hangs', async () => {
    const { started, start, end } = requests(2);
    for (const each of [1, 2, 3]) void start(`volumes ${each}`, 'listVolumes');
    void start('alerts', 'listAlerts');
    void start('login', 'open');
    void start('logout', 'close');
    await settled();
    expect(started).toEqual(['volumes 1', 'volumes 2', 'alerts', 'logout']);
    end('alerts');
    await settled();
    expect(started.at(-1)).toBe('login');
  });

  it('says what is in flight and what waits', async () => {
    const { budget, start, end } = requests(2);
    expect(budget.use()).toEqual({ limit: 2, in_flight: 0, waiting: 0 });
    for (const each of [1, 2, 3, 4]) void start(`volumes ${each}`, 'listVolumes');
    void start('alerts', 'listAlerts');
    await settled();
    expect(budget.use()).toEqual({ limit: 2, in_flight: 3, waiting: 2 });
    for (const each of ['volumes 1', 'volumes 2', 'alerts']) end(each);
    await settled();
    expect(budget.use()).toEqual({ limit: 2, in_flight: 2, waiting: 0 });
  });

  it('keeps the place of the alerts free of anything else, and is fair otherwise', async () => {
    const { started, start, end } = requests(1);
    void start('volumes 1', 'listVolumes');
    void start('volumes 2', 'listVolumes');
    void start('alerts 1', 'listAlerts');
    void start('alerts 2', 'listAlerts');
    void start('volumes 3', 'listVolumes');
    await settled();
    end('alerts 1');
    await settled();
    expect(started).toEqual(['volumes 1', 'alerts 1', 'alerts 2']);
    end('volumes 1');
    await settled();
    end('volumes 2');
    await settled();
    expect(started.slice(3)).toEqual(['volumes 2', 'volumes 3']);
  });

  it('ends the wait with the call, which then sends nothing', async () => {
    const { started, start, end } = requests(1);
    const call = new AbortController();
    void start('volumes 1', 'listVolumes');
    const waiting = start('volumes 2', 'listVolumes', call.signal);
    call.abort(new Error('the call is over'));
    await expect(waiting).rejects.toThrow('the call is over');
    await expect(start('volumes 3', 'listVolumes', call.signal)).rejects.toThrow('over');
    end('volumes 1');
    void start('volumes 4', 'listVolumes');
    await settled();
    expect(started).toEqual(['volumes 1', 'volumes 4']);
  });
});
