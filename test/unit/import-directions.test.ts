import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

type Violation = { rule: { name: string }; from: string; cycle?: { name: string }[] };
type Plant = readonly [name: string, file: string, imported: string, rule: string];

const CHECKED = ['lib', 'functions', 'client', 'cli', 'localstack', 'scripts', 'migrations'];

/** Runs the import check of `npm run check` on a copy of the code with these imports added. */
function violationsWith(plants: readonly Plant[]): Violation[] {
  const copy = mkdtempSync(join(tmpdir(), 'sluice-imports-'));
  try {
    for (const path of [...CHECKED, 'gen', 'tsconfig.json', 'package.json', '.dependency-cruiser.mjs']) {
      cpSync(join(root, path), join(copy, path), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [, file, imported] of plants) {
      const path = join(copy, file);
      writeFileSync(path, `${readFileSync(path, 'utf8')}\nexport * from '${imported}';\n`); // fails without the file
    }
    const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const options = ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...CHECKED];
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

/** A violation names files, or folders that import each other. */
const isAbout = ({ from, cycle = [] }: Violation, file: string) =>
  [from, ...cycle.map(({ name }) => name)].some((name) => name === file || name === dirname(file));

describe('a forbidden import fails the check', () => {
  const plants: readonly Plant[] = [
    ['a use case that imports the AWS SDK', 'lib/payouts/pay-chunk.ts', '@aws-sdk/client-sqs', 'core-knows-no-aws'],
    ['a use case that imports its adapter', 'lib/payouts/complete-batch.ts', './dynamo-chunks.ts', 'core-knows-no-aws'],
    ['a use case that imports the wire format', 'lib/payouts/redrive-batch.ts', './items.ts', 'core-knows-no-aws'],
    ['a domain file that imports the rail client', 'lib/payouts/chunk.ts', '../rail/http.ts', 'core-knows-no-aws'],
    ['a use case that imports middy', 'lib/payouts/start-batch.ts', '@middy/core', 'core-knows-no-aws'],
    ['a use case that reads the configuration', 'lib/payouts/stop-batch.ts', '../config.ts', 'core-knows-no-outside'],
    ['a use case that knows HTTP', 'lib/payouts/create-batch.ts', '../edge/http.ts', 'core-knows-no-outside'],
    ['an adapter that fetches from the container', 'lib/aws/queue.ts', '../container.ts', 'core-knows-no-outside'],
    ['a use case that reads files', 'lib/payouts/report.ts', 'node:fs', 'core-does-no-io'],
    ['a use case that waits by itself', 'lib/payouts/retry-failed.ts', 'node:timers/promises', 'core-does-no-io'],
    ['the kernel importing a domain', 'lib/kernel/money.ts', '../payouts/payout.ts', 'kernel-imports-no-sibling'],
    ['the edge importing a domain', 'lib/edge/batch.ts', '../payouts/batch.ts', 'edge-knows-no-domain'],
    ['a function that wraps itself', 'functions/payouts/read.ts', '@middy/core', 'only-the-edge-wraps'],
    ['a function that calls AWS', 'functions/payouts/write.ts', '@aws-sdk/client-sqs', 'functions-only-translate'],
    ['a function that reads files', 'functions/payouts/operate.ts', 'node:fs', 'functions-only-translate'],
    [
      'a function that constructs an adapter',
      'functions/orders/write.ts',
      '../../lib/rail/http.ts',
      'only-the-container-constructs',
    ],
    [
      'the product importing an emulator',
      'lib/system/check-health.ts',
      '../../localstack/embedded/ports.ts',
      'product-imports-no-emulator',
    ],
    [
      'a migration that imports current code',
      'migrations/0001-shards-per-chunk.ts',
      '../lib/settlement/items.ts',
      'migrations-import-no-domain',
    ],
    ['the client importing the service', 'client/pages.ts', '../lib/kernel/id.ts', 'client-stands-alone'],
    ['the client importing a module of Node', 'client/retry.ts', 'node:timers/promises', 'client-stands-alone'],
    [
      'a script that imports the inside of the client',
      'scripts/bank.ts',
      '../client/pages.ts',
      'only-the-public-client',
    ],
    [
      'the product importing its client',
      'lib/payouts/chunk.ts',
      '../../client/index.ts',
      'product-imports-no-emulator',
    ],
    ['a cycle', 'lib/payouts/payout.ts', './pay-payout.ts', 'no-circles'],
    [
      'a domain importing the inside of another one',
      'lib/imports/view.ts',
      '../transactions/segment.ts',
      'only-public-files',
    ],
    ['the ledger importing its users', 'lib/ledger/entry.ts', '../wallets/provider.ts', 'only-public-files'],
    [
      'the authorizer loading everything',
      'functions/access/authorize.ts',
      '../../lib/container.ts',
      'authorizer-loads-little',
    ],
    // Three folders in a cycle, without a cycle of files.
    [
      'a folder that imports a user of its user',
      'lib/system/data-version.ts',
      '../transactions/index.ts',
      'no-folder-circles',
    ],
    ['a folder in the middle of a cycle', 'lib/transactions/view.ts', '../rail/index.ts', 'no-folder-circles'],
    ['a folder at the end of a cycle', 'lib/rail/lease.ts', '../system/check-health.ts', 'no-folder-circles'],
  ];
  let violations: Violation[];
  beforeAll(() => {
    violations = violationsWith(plants);
  });

  it.each(plants)('%s', (_name, file, _imported, rule) => {
    const about = violations.filter((violation) => isAbout(violation, file));
    expect(about.map((violation) => violation.rule.name)).toContain(rule);
  });

  it('passes every other import', () => {
    const others = violations.filter((violation) => !plants.some(([, file]) => isAbout(violation, file)));
    expect(others).toEqual([]);
  });
});

describe('time, chance and settings are parameters', () => {
  /** Direct uses of the clock, chance or the environment. Comments do not count, nor the limit of a socket. */
  function directUses(code: string): string[] {
    const uncommented = code.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    const direct =
      /\bDate\.now|new Date\(\)|\bDate\(\)|\bperformance\b|\bhrtime\b|Math\.random|randomUUID|randomBytes|randomInt|getRandomValues|(?<!socket\.)\bset(?:Timeout|Interval|Immediate)\b|\bprocess\b(?!-)/g;
    return uncommented.match(direct) ?? [];
  }
  // Nonces and keys must be unpredictable, so nothing may replace their chance.
  const CRYPTO = ['lib/crypto/cipher.ts', 'lib/crypto/local-key.ts'];
  const PLACES = ['lib/runtime.ts', 'lib/config.ts', ...CRYPTO];
  const all = globSync('{lib,functions}/**/*.ts', { cwd: root }).filter((file) => !PLACES.includes(file));

  it.each(all)('%s reads neither clock, chance nor environment', (file) => {
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
  ])('a planted use is found: %s', (line) => {
    expect(directUses(`export {};\n${line}`)).toHaveLength(1);
  });

  it('no test patches a global of time or chance, except one file of the simulator', () => {
    const patched =
      /useFakeTimers|setSystemTime|stubGlobal|Object\.assign\(globalThis|Math\.random = |globalThis\.\w+ = |spyOn\((?:Date|Math|globalThis|performance)\b/;
    const files = globSync('test/**/*.ts', { cwd: root }).filter(
      (file) => file !== 'test/unit/import-directions.test.ts',
    );
    const patching = files.filter((file) => patched.test(readFileSync(join(root, file), 'utf8')));
    expect(patching).toEqual(['test/simulation/schedule.ts']);
  });

  it('a time that was passed in may be formatted', () => {
    expect(directUses('const at = new Date(deps.now()).toISOString(); // not Date.now()')).toEqual([]);
  });

  it('only lib/config.ts reads the environment', () => {
    expect(directUses(readFileSync(join(root, 'lib/runtime.ts'), 'utf8'))).not.toContain('process');
    expect(directUses(readFileSync(join(root, 'lib/config.ts'), 'utf8'))).toEqual(['process', 'process']);
  });
});

describe('a handler calls use cases and no store', () => {
  /** Every use of a container's dependencies other than passing all of them to a function, as any argument. */
  function directUses(code: string): string[] {
    const imported = /import \{([^}]*)\} from '[./]+lib\/container\.ts'/.exec(code)?.[1] ?? '';
    const names = imported
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    const handed = (name: string) => new RegExp(`(?<=\\w\\(|, )${name}\\(\\)(?=[,)])`, 'g');
    const rest = names.reduce((text, name) => text.replaceAll(handed(name), ''), code.replace(/^import .*$/gm, ''));
    return names.flatMap((name) => rest.match(new RegExp(`\\b${name.split(' ').at(-1)}\\(`, 'g')) ?? []);
  }
  const handlers = globSync('functions/**/*.ts', { cwd: root });

  it.each(handlers)('%s', (file) => {
    expect(directUses(readFileSync(join(root, file), 'utf8'))).toEqual([]);
  });

  it.each([
    'const { batches } = await payouts().batches.list(page);',
    'const deps = payouts();',
    'const { now, chunks } = payouts();',
    'const list = () => payouts();',
  ])('a planted use is found: %s', (line) => {
    expect(directUses(`import { payouts } from '../../lib/container.ts';\n${line}`)).toHaveLength(1);
  });

  it('a use case may receive all of them', () => {
    const line = 'await createBatch(payouts(), body, key); await listBatches(payouts());';
    expect(directUses(`import { payouts } from '../../lib/container.ts';\n${line}`)).toEqual([]);
  });
});
