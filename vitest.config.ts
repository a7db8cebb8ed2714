import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores is what CI has; the end-to-end tests start servers of their own.
    maxWorkers: 2,
    server: { deps: { inline: [] } },
  },
});
