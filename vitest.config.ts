import { defineConfig } from 'vitest/config';

/** The emulators start in milliseconds, so tests talk to the real ones; two files at a time is what two cores bear. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
