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

const limits = { testTimeout: 60_000, hookTimeout: 60_000 };

/** Tests run against real emulators, which start in milliseconds. Two cores bear two files at a time. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...limits, name: 'unit', include: ['test/unit/**/*.test.ts'], isolate: false } },
      { test: { ...limits, name: 'system', include: ['test/**/*.test.ts'], exclude: ['test/unit/**'] } },
    ],
  },
});
