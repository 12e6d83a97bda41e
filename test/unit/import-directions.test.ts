import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

type Violation = { rule: { name: string }; from: string; cycle?: { name: string }[] };
type Plant = readonly [name: string, file: string, imported: string, rule: string];

/** Runs the check of `npm run check` on a copy of the code into which imports were planted. */
function violationsWith(plants: readonly Plant[]): Violation[] {
  const copy = mkdtempSync(join(tmpdir(), 'sluice-imports-'));
  try {
    for (const path of [
      'lib',
      'functions',
      'gen',
      'localstack',
      'scripts',
      'migrations',
      'tsconfig.json',
      'package.json',
      '.dependency-cruiser.mjs',
    ]) {
      cpSync(join(root, path), join(copy, path), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [, file, imported] of plants) appendFileSync(join(copy, file), `\nexport * from '${imported}';\n`);
    const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const options = [
      '--config',
      '.dependency-cruiser.mjs',
      '--output-type',
      'json',
      'lib',
      'functions',
      'localstack',
      'scripts',
      'migrations',
    ];
    const { stdout } = spawnSync(process.execPath, [depcruise, ...options], {
      cwd: copy,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    return JSON.parse(stdout).summary.violations;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

describe('an import that runs the wrong way fails the check', () => {
  const plants: readonly Plant[] = [
    ['a use case that imports the AWS SDK', 'lib/payouts/pay-chunk.ts', '@aws-sdk/client-sqs', 'core-knows-no-aws'],
    ['a use case that imports its adapter', 'lib/payouts/complete-batch.ts', './dynamo-chunks.ts', 'core-knows-no-aws'],
    ['a use case that imports the wire format', 'lib/payouts/redrive-batch.ts', './items.ts', 'core-knows-no-aws'],
    ['a domain file that imports the bank client', 'lib/payouts/chunk.ts', '../rail/http.ts', 'core-knows-no-aws'],
    ['a use case that imports middy', 'lib/payouts/start-batch.ts', '@middy/core', 'core-knows-no-aws'],
    ['a use case that reads the configuration', 'lib/payouts/stop-batch.ts', '../config.ts', 'core-knows-no-outside'],
    ['a use case that knows HTTP', 'lib/payouts/create-batch.ts', '../edge/http.ts', 'core-knows-no-outside'],
    ['an adapter that fetches from the container', 'lib/aws/queue.ts', '../container.ts', 'core-knows-no-outside'],
    ['a use case that reads files', 'lib/payouts/report.ts', 'node:fs', 'core-does-no-io'],
    ['a use case that waits by itself', 'lib/payouts/retry-failed.ts', 'node:timers/promises', 'core-does-no-io'],
    ['the kernel importing a domain', 'lib/kernel/money.ts', '../payouts/payout.ts', 'kernel-stands-alone'],
    ['the edge importing a domain', 'lib/edge/batch.ts', '../payouts/batch.ts', 'edge-knows-no-domain'],
    ['a function that wraps itself', 'functions/payouts/get-batch.ts', '@middy/core', 'only-the-edge-wraps'],
    ['a function that calls AWS', 'functions/payouts/get-payout.ts', '@aws-sdk/client-sqs', 'functions-only-translate'],
    ['a function that reads files', 'functions/payouts/stop-batch.ts', 'node:fs', 'functions-only-translate'],
    [
      'a function that constructs an adapter',
      'functions/payouts/start-batch.ts',
      '../../lib/rail/http.ts',
      'only-the-container-constructs',
    ],
    [
      'the product importing an emulator',
      'lib/system/check-health.ts',
      '../../localstack/embedded/ports.ts',
      'the-product-knows-no-emulator',
    ],
    [
      'a migration that does what the code of the day does',
      'migrations/0001-jobs-say-how-their-days-are-cut.ts',
      '../lib/settlement/items.ts',
      'migrations-stand-alone',
    ],
    ['a circle', 'lib/payouts/payout.ts', './pay-payout.ts', 'no-circles'],
  ];
  let violations: Violation[];
  beforeAll(() => {
    violations = violationsWith(plants);
  });

  it('which passes as it is', () => {
    expect(violationsWith([])).toEqual([]);
  });

  it.each(plants)('%s', (_name, file, _imported, rule) => {
    const about = violations.filter(({ from, cycle = [] }) => [from, ...cycle.map(({ name }) => name)].includes(file));
    expect(about.map((violation) => violation.rule.name)).toContain(rule);
  });
});

describe('time, chance and settings are handed in', () => {
  /** What code would use to reach the clock, chance or the environment by itself; comments do not count. */
  function directUses(code: string): string[] {
    const uncommented = code.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    const direct =
      /\bDate\.now|new Date\(\)|\bDate\(\)|\bperformance\.|Math\.random|randomUUID|randomBytes|getRandomValues|\bprocess\b|\bset(?:Timeout|Interval|Immediate)\b/g;
    return uncommented.match(direct) ?? [];
  }
  const outside =
    /^lib\/(edge\/|aws\/|config\.ts|container\.ts|dependencies\.ts|system\/check-health\.ts|bank\/http\.ts)/;
  const core = globSync('lib/**/*.ts', { cwd: root }).filter((file) => !outside.test(file));

  it.each(core)('%s reads neither clock, chance nor environment', (file) => {
    expect(directUses(readFileSync(join(root, file), 'utf8'))).toEqual([]);
  });

  it.each([
    'const now = Date.now();',
    'const now = new Date().toISOString();',
    'const now = Date.now;',
    'const port = process.env.PORT;',
    'const roll = Math.random();',
    "import { randomUUID } from 'node:crypto';",
    'await new Promise((resolve) => setTimeout(resolve, 5));',
  ])('and this would be noticed: %s', (line) => {
    expect(directUses(`export {};\n${line}`)).toHaveLength(1);
  });

  it('while a time that was handed in may be written down', () => {
    expect(directUses('const at = new Date(deps.now()).toISOString(); // not Date.now()')).toEqual([]);
  });

  it('only lib/config.ts reads the environment', () => {
    const all = globSync('{lib,functions}/**/*.ts', { cwd: root });
    const readers = all.filter((file) => readFileSync(join(root, file), 'utf8').includes('process.env'));
    expect(readers).toEqual(['lib/config.ts']);
  });
});
