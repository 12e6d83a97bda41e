import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Runs the check of `npm run check` on a copy of the code into which one line was planted. */
function checkWithPlanted(file: string, line: string) {
  const copy = mkdtempSync(join(tmpdir(), 'sluice-imports-'));
  try {
    for (const path of ['lib', 'functions', 'tsconfig.json', 'package.json', '.dependency-cruiser.mjs']) {
      cpSync(join(root, path), join(copy, path), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    appendFileSync(join(copy, file), `\n${line}\n`);
    const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const { status, stdout } = spawnSync(
      process.execPath,
      [depcruise, '--config', '.dependency-cruiser.mjs', 'lib', 'functions'],
      { cwd: copy, encoding: 'utf8' },
    );
    return { passes: status === 0, output: stdout };
  } finally {
    rmSync(copy, { recursive: true });
  }
}

describe('an import that runs the wrong way fails the check', () => {
  it('which passes as it is', () => {
    expect(checkWithPlanted('lib/kernel/backoff.ts', '')).toMatchObject({ passes: true });
  });

  it.each([
    ['a use case that imports the AWS SDK', 'lib/payouts/pay-chunk.ts', '@aws-sdk/client-sqs', 'core-knows-no-aws'],
    ['a use case that imports its adapter', 'lib/payouts/pay-chunk.ts', './dynamo-chunks.ts', 'core-knows-no-aws'],
    ['a use case that reads the configuration', 'lib/payouts/stop-batch.ts', '../config.ts', 'core-knows-no-outside'],
    ['the kernel importing a domain', 'lib/kernel/money.ts', '../payouts/payout.ts', 'kernel-stands-alone'],
    ['a function that wraps itself', 'functions/payouts/get-batch.ts', '@middy/core', 'only-the-edge-wraps'],
    [
      'a function that constructs an adapter',
      'functions/payouts/get-batch.ts',
      '../../lib/bank/http.ts',
      'only-the-container-constructs',
    ],
    ['a circle', 'lib/payouts/payout.ts', './pay-payout.ts', 'no-circles'],
  ])('%s', (_name, file, imported, rule) => {
    const { passes, output } = checkWithPlanted(file, `export * from '${imported}';`);
    expect(passes).toBe(false);
    expect(output).toContain(rule);
  });
});

describe('time, chance and settings are handed in', () => {
  const DIRECT = /Date\.now|new Date\(\)|Math\.random|randomUUID|process\.env|setTimeout/;
  const outside = /^lib\/(edge\/|aws\/|config\.ts|container\.ts|system\/check-health\.ts|bank\/http\.ts)/;
  const core = globSync('lib/**/*.ts', { cwd: root }).filter((file) => !outside.test(file));

  it.each(core)('%s reads neither clock, chance nor environment', (file) => {
    const code = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(code.match(DIRECT)).toBeNull();
  });

  it('only lib/config.ts reads the environment', () => {
    const all = globSync('{lib,functions}/**/*.ts', { cwd: root });
    const readers = all.filter((file) => readFileSync(join(root, file), 'utf8').includes('process.env'));
    expect(readers).toEqual(['lib/config.ts']);
  });
});
