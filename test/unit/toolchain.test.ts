import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const { scripts, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

it('npm test runs on the Node version of AWS Lambda, with any Node on the host', () => {
  expect(scripts.test).toBe('vitest run --project=!browser --project=!deployed* --mode=drawn');
  expect(process.version).toBe(`v${devDependencies.node}`);
});

it('every other npm script does so, too', async () => {
  // Without the folders that npm has put first on the PATH of this test.
  const PATH = process.env.PATH?.split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const { stdout } = await promisify(execFile)('npm', ['exec', '--offline', '--', 'node', '--version'], {
    cwd: root,
    env: { ...process.env, PATH: PATH?.join(delimiter) },
  });
  expect(stdout.trim()).toBe(`v${devDependencies.node}`);
});

it('npm run check runs every check', () => {
  const parts = Object.keys(scripts).filter((name) => name.startsWith('check:'));
  expect(parts.length).toBeGreaterThan(0);
  for (const part of parts) expect(scripts.check).toContain(`npm run ${part}`);
});
