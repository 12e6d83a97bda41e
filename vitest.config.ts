import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type Reporter, type TestSpecification } from 'vitest/node';
import { ramDisk } from './scripts/ram-disk.ts';
import { type Draw, PARTS } from './test/support/draw.ts';

/** Compiled code is kept for the next process: tests start hundreds, of the same few programs. */
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/node-compile');

process.env.TMPDIR ??= ramDisk();

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
  'command-domains',
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

/** The files that have crash matrices. */
const MATRICES = globSync('test/workflow/*.test.ts', { cwd: import.meta.dirname }).filter((file) =>
  /(crashMatrix|payoutCrashes)\(/.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
);

/**
 * Long files, of which `npm test` runs a part too: random histories, whole products and everything that starts them several times. The
 * heaviest first, so that the parts take equally long.
 */
const LONG = [
  'e2e/withdrawals',
  'e2e/start-localstack',
  'e2e/contract-errors',
  'contract/deadlines',
  'e2e/stop-start',
  'e2e/settlement',
  'e2e/batches',
  'e2e/keys',
  'e2e/payments',
  'e2e/actions',
  'e2e/command',
  'e2e/command-domains',
  'e2e/verify',
  'e2e/restore',
  'e2e/uploads',
  'e2e/migrate',
  'e2e/webhooks',
  'e2e/command-operations',
  'e2e/verify-settlement',
  'e2e/earlier-data',
  'e2e/audit',
  'e2e/client',
  'contract/compiled-template',
  'e2e/demo',
  'e2e/webhook-examples',
  'e2e/rail-secret',
  'e2e/returns',
  'e2e/canary',
  'e2e/wallets',
  'e2e/withdrawal-lists',
  'e2e/laboratory',
  'workflow/orders-property',
  'workflow/wallets-property',
  'workflow/approvals-property',
  'workflow/approvals-property-withdrawals',
  'e2e/crash',
  'e2e/npm-start',
].map((name) => `test/${name}.test.ts`);

/**
 * `npm test` plays a sixth of the deaths in crash matrices, and runs a sixth of the long files (`--mode drawn`); `npm run test:rest`
 * the others (`--mode others`). Without such a mode all are played. Which sixth: DRAW (0 to 5), or a number that the commit gives.
 */
function drawOf(mode: string): Draw {
  const plays = mode === 'drawn' || mode === 'others' ? mode : 'all';
  const drawn = Number(process.env.DRAW ?? ofCommit());
  if (!Number.isSafeInteger(drawn) || drawn < 0) throw new Error('DRAW is a number from 0 on');
  return { plays, part: drawn % PARTS };
}

function ofCommit(): number {
  try {
    const hash = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, stdio: 'pipe' }).toString();
    return Number.parseInt(hash.slice(0, 8), 16);
  } catch {
    return 0; // not a clone
  }
}

/** The long files that a run leaves out. */
function leftOut({ plays, part }: Draw): string[] {
  return LONG.filter((_, index) => plays !== 'all' && (index % PARTS === part) !== (plays === 'drawn'));
}

/** Says at the end what was not played. */
function drawReporter(draw: Draw): Reporter {
  const { plays, part } = draw;
  const deaths = {
    drawn: `part ${part} of the deaths (of 0 to ${PARTS - 1})`,
    others: `the deaths outside of part ${part}`,
  };
  return {
    onTestRunEnd() {
      if (plays === 'all') return;
      console.log(`Crash matrices: this run plays ${deaths[plays]}; the others are skipped. Files left out:`);
      for (const file of leftOut(draw)) console.log(`    ${file}`);
      console.log(
        `The rest: DRAW=${part} ${plays === 'drawn' ? 'npm run test:rest' : 'npm test'}. All: npm run test:all.`,
      );
    },
  };
}

/** Whether suites run on a service that `npm run test:deployed` has started: Lambda is slower than one process that is warm. */
const isRunning = Boolean(process.env.SLUICE_RUNNING);
const patience = isRunning ? 4 : 1;
const limits = { testTimeout: patience * 60_000, hookTimeout: patience * 60_000 };
/** A flow shows that the last administrator key cannot be revoked, and suites make others. */
const AFTER_FLOWS = 1;

/** Tests run against real emulators. Three files at a time keep two cores busy: end-to-end tests wait much of the time. */
export default defineConfig(({ mode }) => {
  const draw = drawOf(mode);
  const out = leftOut(draw);
  /** The files of a project. */
  const files = (include: readonly string[], exclude: readonly string[] = []) => ({
    include:
      draw.plays === 'others'
        ? [...MATRICES, ...LONG].filter((file) => include.some((glob) => matchesGlob(file, glob)))
        : [...include],
    exclude: [...exclude, ...out],
  });
  return {
    test: {
      provide: { draw },
      reporters: ['default', drawReporter(draw)],
      pool: 'forks',
      maxWorkers: 3,
      sequence: { sequencer: LongestFirst },
      projects: [
        // Without isolation a worker imports the SDK once, not for each file.
        {
          test: {
            ...limits,
            name: 'unit',
            ...files(['test/unit/**/*.test.ts', ...ALL_SHARDS]),
            isolate: false,
          },
        },
        {
          plugins: [fewShards],
          test: {
            ...limits,
            name: 'workflow',
            ...files(['test/workflow/**/*.test.ts'], ALL_SHARDS),
            isolate: false,
          },
        },
        {
          test: {
            ...limits,
            name: 'sharing',
            ...files(SHARING),
            globalSetup: 'test/e2e/shared-service.ts',
            isolate: false,
            sequence: { groupOrder: isRunning ? AFTER_FLOWS : 0 },
            expect: { poll: { timeout: isRunning ? 60_000 : 1_000 } },
          },
        },
        {
          test: {
            ...limits,
            name: 'system',
            ...files(
              ['test/**/*.test.ts'],
              ['test/unit/**', 'test/workflow/**', 'test/browser/**', 'test/deployed/**', ...SHARING],
            ),
            isolate: false,
          },
        },
        // On a service that `npm run test:deployed` starts: flows, the suites that share it, and a look at what all have left.
        ...[
          { name: 'deployed', include: ['test/deployed/*.test.ts'], groupOrder: 0 },
          { name: 'deployed-end', include: ['test/deployed/end/*.test.ts'], groupOrder: AFTER_FLOWS + 1 },
        ].map(({ groupOrder, ...files }) => ({
          test: {
            ...files,
            globalSetup: 'test/e2e/shared-service.ts',
            testTimeout: 180_000,
            sequence: { groupOrder },
          },
        })),
        {
          test: {
            testTimeout: 120_000,
            hookTimeout: 120_000,
            name: 'browser',
            include: ['test/browser/**/*.test.ts'],
            globalSetup: 'test/e2e/shared-service.ts',
          },
        },
      ],
    },
  };
});
