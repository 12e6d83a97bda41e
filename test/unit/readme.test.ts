import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ms from 'ms';
import { expect, it } from 'vitest';
import { configSchema } from '../../lib/config.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

it('every setting is in the table of the README, with its default', () => {
  const rows = readme.split('\n').filter((line) => /^\| [A-Z_, ]+ \|/.test(line));
  for (const [name, setting] of Object.entries(configSchema.shape)) {
    const row = rows.find((line) => line.split('|')[1]?.trim().split(', ').includes(name));
    expect(row, name).toBeDefined();
    const { data: value } = setting.safeParse(undefined);
    const said = row?.split('|')[2]?.trim() ?? '';
    // As a number, or as a length of time.
    if (typeof value === 'number')
      expect([Number.parseInt(said, 10), ms(said.split(' ')[0] as ms.StringValue)], name).toContain(value);
  }
});

it('every npm script that the README names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const [, script = ''] of readme.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script]);
});

it('every file and folder that it links to exists', () => {
  for (const [, path = ''] of readme.matchAll(/\]\(([\w./-]+)\)/g))
    expect(() => readFileSync(join(root, path))).not.toThrow(/ENOENT/);
});
