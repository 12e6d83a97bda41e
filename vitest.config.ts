import { join } from 'node:path';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Compiled code is kept for the next process: tests start hundreds, of the same few programs. */
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/node-compile');

/** By how long their files take, so that no long file is the last one to start. */
const LONGEST_FIRST = ['test/simulation/', 'test/e2e/', 'test/workflow/', 'test/contract/', 'test/unit/'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => LONGEST_FIRST.findIndex((folder) => moduleId.includes(folder));
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** They run on one service, at the same time. */
const SHARING = [
  'bad-input',
  'client',
  'command',
  'command-lists',
  'command-operations',
  'keys',
  'session',
  'listen',
  'logs',
  'replaced-documents',
  'settle-yesterday',
  'upload-command',
  'verify-settlement',
  'webhook-examples',
].map((name) => `test/e2e/${name}.test.ts`);
/** How many partitions share an index, by the file that says so. */
const SHARDS: Readonly<Record<string, readonly string[]>> = {
  'lib/events/items.ts': ['WAITING_SHARDS', 'DAY_SHARDS'],
  'lib/wallets/items.ts': ['PENDING_SHARDS'],
  'lib/withdrawals/items.ts': ['OPEN_SHARDS'],
};
const FEW = 4;

/**
 * 4 partitions in place of 16 to 64: nine of ten requests of the crash matrices read an empty partition. End-to-end tests,
 * contract tests and the simulator use the numbers of the service.
 */
const fewShards: Plugin = {
  name: 'few-shards',
  enforce: 'pre',
  transform(code, id) {
    const file = Object.keys(SHARDS).find((each) => id.endsWith(`/${each}`));
    if (!file) return undefined;
    return (SHARDS[file] ?? []).reduce((changed, name) => {
      const declared = new RegExp(`(export const ${name}) = \\d+;`);
      if (!declared.test(changed)) throw new Error(`${file} does not declare ${name}`);
      return changed.replace(declared, `$1 = ${FEW};`);
    }, code);
  },
};
/** They compare with these numbers, or with data of earlier versions. */
const ALL_SHARDS = ['audit', 'migration-*', 'scaling'].map((name) => `test/workflow/${name}.test.ts`);
const limits = { testTimeout: 60_000, hookTimeout: 60_000 };

/** Tests run against real emulators. Three files at a time keep two cores busy: end-to-end tests wait much of the time. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Without isolation a worker imports the SDK once, not for each file.
      { test: { ...limits, name: 'unit', include: ['test/unit/**/*.test.ts', ...ALL_SHARDS], isolate: false } },
      {
        plugins: [fewShards],
        test: {
          ...limits,
          name: 'workflow',
          include: ['test/workflow/**/*.test.ts'],
          exclude: ALL_SHARDS,
          isolate: false,
        },
      },
      {
        test: {
          ...limits,
          name: 'sharing',
          include: SHARING,
          globalSetup: 'test/e2e/shared-service.ts',
          isolate: false,
        },
      },
      {
        test: {
          ...limits,
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/unit/**', 'test/workflow/**', 'test/browser/**', 'test/deployed/**', ...SHARING],
          isolate: false,
        },
      },
      // On a service that `npm run test:deployed` starts.
      {
        test: {
          name: 'deployed',
          include: ['test/deployed/**/*.test.ts'],
          globalSetup: 'test/e2e/shared-service.ts',
          testTimeout: 180_000,
        },
      },
      {
        test: {
          ...limits,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: 'test/e2e/shared-service.ts',
        },
      },
    ],
  },
});
