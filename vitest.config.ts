import { defineConfig } from 'vitest/config';

/** Tests that send at a rate: beside others they would measure those. They run last, one by one. */
const LOAD = ['test/traps/udp.test.ts', 'test/e2e/trap-burst.test.ts'];

/** Patient: a busy machine is no fault. */
const common = {
  testTimeout: 180_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 100_000 } },
};

/** Drivers that tests write elsewhere find the contract, whichever test runs first, or alone. */
const resolve = { dedupe: ['delfin-agent'] };

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          ...common,
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: LOAD,
          // Two cores is what CI has; the end-to-end tests wait for servers of their own more than they work.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve,
        test: {
          ...common,
          name: 'load',
          include: LOAD,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
