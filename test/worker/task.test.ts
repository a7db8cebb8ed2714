import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ownTask, spentBy } from '../../src/worker/task.ts';

it('knows its own number, and how long it has run', () => {
  const task = ownTask();
  const before = spentBy(task)?.running ?? NaN;
  while (spentBy(task)?.running === before) readFileSync('/proc/self/status');
  expect(spentBy(task)?.running).toBeGreaterThan(before);
  expect(spentBy(task)?.waiting).toBeGreaterThanOrEqual(0);
});

it('knows nothing of a thread that is not there', () => {
  expect(spentBy(0)).toBeUndefined();
  expect(spentBy(2 ** 30)).toBeUndefined();
});
