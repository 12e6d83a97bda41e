import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ms from 'ms';
import { expect, it } from 'vitest';
import { configSchema } from '../../lib/config.ts';

const root = join(import.meta.dirname, '../..');
const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root })];
const contentOf = (page: string) => readFileSync(join(root, page), 'utf8');

it('docs/configuration.md has every setting with its default', () => {
  const rows = contentOf('docs/configuration.md')
    .split('\n')
    .filter((line) => /^\| [A-Z_, ]+ \|/.test(line));
  for (const [name, setting] of Object.entries(configSchema.shape)) {
    const row = rows.find((line) => line.split('|')[1]?.trim().split(', ').includes(name));
    expect(row, name).toBeDefined();
    const { data: value } = setting.safeParse(undefined);
    const written = row?.split('|')[2]?.trim() ?? '';
    // As a number, or as a duration.
    if (typeof value === 'number')
      expect([Number.parseInt(written, 10), ms(written.split(' ')[0] as ms.StringValue)], name).toContain(value);
  }
});

it.each(pages)('%s names only existing npm scripts', (page) => {
  const { scripts } = JSON.parse(contentOf('package.json'));
  for (const [, script = ''] of contentOf(page).matchAll(/npm run ([\w:-]+)/g))
    expect(scripts).toHaveProperty([script]);
});

it.each(pages)('%s links only to existing files and headings', (page) => {
  for (const [, path = '', anchor] of contentOf(page).matchAll(/\]\(([\w./-]*)(?:#([\w-]+))?\)/g)) {
    const target = path === '' ? page : join(dirname(page), path);
    expect(existsSync(join(root, target)), `${page} -> ${path}`).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(contentOf(target)), `${page} -> ${path}#${anchor}`).toContain(anchor);
  }
});

it.each(pages)('%s names only existing files', (page) => {
  for (const [, path = ''] of contentOf(page).matchAll(
    /`((?:lib|functions|test|scripts|localstack|resources|migrations)\/[\w./-]+\.\w+)`/g,
  ))
    expect(existsSync(join(root, path)), path).toBe(true);
});

it('the README is a front page of at most 120 lines', () => {
  expect(contentOf('README.md').split('\n').length).toBeLessThanOrEqual(121);
});

/** The anchors that GitHub generates for headings. */
function anchorsOf(content: string): string[] {
  return [...content.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
