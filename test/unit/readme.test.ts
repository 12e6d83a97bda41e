import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ms from 'ms';
import { expect, it } from 'vitest';
import { configSchema } from '../../lib/config.ts';

const root = join(import.meta.dirname, '../..');
const pages = ['README.md', 'client/README.md', ...globSync('docs/**/*.md', { cwd: root })];
const contentOf = (page: string) => readFileSync(join(root, page), 'utf8');

/** A path that begins with a folder of the repository. */
const PATH =
  /(?<![\w./<-])((?:client|docs|functions|gen|lib|localstack|migrations|proto|resources|scripts|test)\/[\w./-]*\w)(?![\w:*<{-]|\.\w|\/[*<{])/g;

/** `GET /batches?limit=`, or a path after `$API`. */
const REQUEST = /(?:\b(GET|POST|PUT|PATCH|DELETE) |\$API)(\/[^\s?"'`|,;:)\]]*[^\s?"'`|,;:).\]])(?:\?([\w=&]*))?/g;
/** Of the mock bank and of `npm start`. */
const OF_THE_LABORATORY = ['/state', '/bank', '/restart', '/kill', '/verify'];
const OF_RAILS = ['/transfers', '/charges', '/broadcasts'];
const NOT_OF_THE_API = [
  '/audit/instructions',
  ...OF_RAILS,
  ...OF_RAILS.map((path) => `${path}/{reference}`),
  '/_sluice/meter',
  ...OF_THE_LABORATORY,
];

type Operation = { parameters?: { name: string }[] };
const document: { paths: Record<string, Record<string, Operation>> } = JSON.parse(contentOf('docs/openapi.json'));
const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { parameters = [] }]) => ({
    method: method.toUpperCase(),
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    parameters: parameters.map(({ name }) => name),
  })),
);

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

it.each(pages)('%s names only existing files and folders', (page) => {
  for (const [, path = ''] of contentOf(page).matchAll(PATH))
    expect(existsSync(join(root, path)), `${page} -> ${path}`).toBe(true);
});

it.each(pages)('%s names functions in files that have them', (page) => {
  for (const [, name, path = ''] of contentOf(page).matchAll(/`(\w+)`\s+(?:in|of|\()\s*`([\w/-]+\.[\w.]+)`/g))
    expect(contentOf(path), `${page} -> ${path}`).toMatch(new RegExp(`\\b${name}\\b`));
});

it.each(pages)('%s names only routes and query parameters of the OpenAPI document', (page) => {
  for (const [, method, path = '', query = ''] of contentOf(page).matchAll(REQUEST)) {
    if (NOT_OF_THE_API.includes(path)) continue;
    const found = routes.filter((route) => route.pattern.test(path) && (!method || route.method === method));
    expect(found, `${page} -> ${method ?? ''} ${path}`).not.toEqual([]);
    const known = found.flatMap(({ parameters }) => parameters);
    for (const name of new URLSearchParams(query).keys()) expect(known, `${page} -> ${path}`).toContain(name);
  }
});

it('the README shows the lines of client/README.md, which the tests of the client run', () => {
  const [example] = /```ts\n[\s\S]*?```/.exec(contentOf('client/README.md')) ?? [];
  expect(contentOf('README.md')).toContain(example);
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
