import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type * as LanguageService from '@actions/languageservice';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse, stringify } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };

/** Bundled, because it imports JSON as only bundlers do. */
const outfile = join(mkdtempSync(join(tmpdir(), 'sluice-workflows-')), 'validate.cjs');
await build({
  stdin: { contents: "export { validate } from '@actions/languageservice';", resolveDir: ROOT },
  ...{ bundle: true, format: 'cjs', platform: 'node', outfile },
});
const { validate } = createRequire(import.meta.url)(outfile) as typeof LanguageService;
afterAll(() => rmSync(dirname(outfile), { recursive: true }));

/** @param name of which it keeps what it has read */
async function problemsIn(text: string, name: string): Promise<string[]> {
  const problems = await validate(TextDocument.create(`file:///.github/workflows/${name}`, 'yaml', 1, text));
  return problems.map(({ message }) => String(message));
}

it('a workflow with a mistake is found', async () => {
  const jobs = { a: { 'runs-on': 'ubuntu-24.04', needs: 'b', steps: [{ run: 'echo $' + '{{ varz.x }}' }] } };
  expect(await problemsIn(stringify({ on: 'push', jobs }), 'mistaken.yml')).toContain(
    "Unrecognized named-value: 'varz'",
  );
});

describe.each(globSync('.github/workflows/*.yml', { cwd: ROOT }))('%s', (file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');

  it('is valid', async () => {
    expect(await problemsIn(text, basename(file))).toEqual([]);
  });

  it('uses actions by their commits, which nobody can replace', () => {
    const used = text.match(/uses: .*/g) ?? [];
    expect(used.filter((each) => !/^uses: [\w/-]+@[0-9a-f]{40} # v[\d.]+$/.test(each))).toEqual([]);
    expect(used).not.toEqual([]);
  });

  it('may only read the repository, and runs scripts that exist', () => {
    expect((parse(text) as { permissions: object }).permissions).toEqual({ contents: 'read' });
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => !(`${name}` in scripts))).toEqual([]);
  });

  it('takes nothing that a person types into a shell', () => {
    const runs = [...text.matchAll(/run: (\|\n(?: {10}.*\n)+|.*)/g)].map(([, run = '']) => run);
    expect(runs.filter((run) => run.includes('${{')).map((run) => [basename(file), run])).toEqual([]);
  });
});
