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
const DOCUMENT = 'docs/openapi.json';
const BASELINE = 'docs/openapi-release.json';
const CHANGES = 'docs/api-changes.md';

const read = (file: string) => readFile(join(ROOT, file), 'utf8');
const write = (file: string, content: string) => writeFile(join(ROOT, file), content);

const examples = JSON.parse(await read(EXAMPLES)) as Examples;
const document = openApiDocument(tables, examples);
const files = {
  [DOCUMENT]: `${JSON.stringify(document, null, 2)}\n`,
  'client/contract.ts': await clientTypes(document),
};

if (process.argv.includes('--check')) {
  for (const [file, content] of Object.entries(files)) {
    if ((await read(file).catch(() => '')) !== content) {
      refuse(`${file} does not follow from the route tables any more. Run: npm run contract`);
    }
  }
  const listed = await read(CHANGES);
  for (const change of breakingChanges(JSON.parse(await read(BASELINE)), JSON.parse(files[DOCUMENT]))) {
    if (!listed.includes(`\`${change}\``))
      refuse(`This breaks callers, and ${CHANGES} does not list it: \`${change}\``);
  }
} else {
  for (const [file, content] of Object.entries(files)) await write(file, content);
  if (process.argv.includes('--release')) await write(BASELINE, files[DOCUMENT]);
}

function refuse(reason: string): void {
  console.error(reason);
  process.exitCode = 1;
}
