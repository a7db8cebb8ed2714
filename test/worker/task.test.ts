import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ownTask, waitedMs } from '../../src/worker/task.ts';

it('knows its own number, and what the system says of its waits', () => {
  const task = ownTask();
  expect(readFileSync(`/proc/self/task/${task}/comm`, 'utf8')).not.toBe('');
  const before = waitedMs(task);
  expect(before).toBeGreaterThanOrEqual(0);
  expect(waitedMs(task)).toBeGreaterThanOrEqual(before ?? NaN);
});

it('knows nothing of a thread that is not there', () => {
  expect(waitedMs(0)).toBeUndefined();
  expect(waitedMs(2 ** 30)).toBeUndefined();
});
