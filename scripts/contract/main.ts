/**
 * `npm run contract`: writes what follows from the route tables: docs/openapi.json and the types of the client.
 * `npm run check:contract`: fails if the files are not current, or if the document breaks callers of the last release in a way
 * that docs/api-changes.md does not list.
 * `npm run contract:release`: makes the current document the one of the last release.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tables } from '../../functions/routes.ts';
import { breakingChanges } from './breaking-changes.ts';
import { clientTypes } from './client-types.ts';
import { openApiDocument } from './document.ts';
import type { Examples } from './examples.ts';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = 'docs/examples.json';

const examples = JSON.parse(await readFile(join(ROOT, EXAMPLES), 'utf8')) as Examples;
const document = openApiDocument(tables, examples);
const files = {
  'docs/openapi.json': `${JSON.stringify(document, null, 2)}\n`,
  'client/contract.ts': await clientTypes(document),
};

const BASELINE = 'docs/openapi-release.json';
const CHANGES = 'docs/api-changes.md';
const isCheck = process.argv.includes('--check');
const text = (file: string) => readFile(join(ROOT, file), 'utf8');

if (process.argv.includes('--release')) await writeFile(join(ROOT, BASELINE), files['docs/openapi.json']);
if (isCheck) {
  const listed = await text(CHANGES);
  const changes = breakingChanges(JSON.parse(await text(BASELINE)), JSON.parse(JSON.stringify(document)));
  const unlisted = changes.filter((change) => !listed.includes(`\`${change}\``));
  for (const change of unlisted) console.error(`This breaks callers, and ${CHANGES} does not list it: \`${change}\``);
  if (unlisted.length > 0) process.exitCode = 1;
}

for (const [file, content] of Object.entries(files)) {
  const path = join(ROOT, file);
  if (!isCheck) await writeFile(path, content);
  else if ((await readFile(path, 'utf8').catch(() => '')) !== content) {
    console.error(`${file} does not follow from the route tables any more. Run: npm run contract`);
    process.exitCode = 1;
  }
}
