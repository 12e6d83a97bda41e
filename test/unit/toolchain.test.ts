import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const { scripts, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

it('npm test runs on the Node that AWS runs, whatever Node the host has', () => {
  expect(scripts.test).toBe('vitest run');
  expect(process.version).toBe(`v${devDependencies.node}`);
});

it('so does every other npm script', async () => {
  // Without what npm has put first on our own PATH.
  const PATH = process.env.PATH?.split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const { stdout } = await promisify(execFile)('npm', ['exec', '--offline', '--', 'node', '--version'], {
    cwd: root,
    env: { ...process.env, PATH: PATH?.join(delimiter) },
  });
  expect(stdout.trim()).toBe(`v${devDependencies.node}`);
});

it('every check of npm run check is run by it', () => {
  const parts = Object.keys(scripts).filter((name) => name.startsWith('check:'));
  expect(parts.length).toBeGreaterThan(0);
  for (const part of parts) expect(scripts.check).toContain(`npm run ${part}`);
});
