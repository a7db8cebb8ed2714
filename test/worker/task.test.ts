import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ownTask, spentBy } from '../../src/worker/task.ts';

it('knows its own number, and how long it has run', () => {
  const task = ownTask();
  const before = spentBy(task)?.running ?? NaN;
  let work = 0;
  while (spentBy(task)?.running === before) work += readFileSync('/proc/self/status').length;
  expect(work).toBeGreaterThan(0);
  expect(spentBy(task)?.running).toBeGreaterThan(before);
  expect(spentBy(task)?.waiting).toBeGreaterThanOrEqual(0);
});

it('knows nothing of a thread that is not there', () => {
  expect(spentBy(0)).toBeUndefined();
  expect(spentBy(2 ** 30)).toBeUndefined();
});
