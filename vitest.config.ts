import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

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
const limits = { testTimeout: 60_000, hookTimeout: 60_000 };

/** Tests run against real emulators. Three files at a time keep two cores busy: end-to-end tests wait much of the time. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Without isolation a worker imports the SDK once, not for each file.
      { test: { ...limits, name: 'unit', include: ['test/unit/**/*.test.ts'], isolate: false } },
      { test: { ...limits, name: 'workflow', include: ['test/workflow/**/*.test.ts'], isolate: false } },
      { test: { ...limits, name: 'sharing', include: SHARING, globalSetup: 'test/e2e/shared-service.ts' } },
      {
        test: {
          ...limits,
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/unit/**', 'test/workflow/**', 'test/browser/**', ...SHARING],
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
