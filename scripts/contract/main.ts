/**
 * `npm run contract`: writes what follows from the route tables: docs/openapi.json and the types of the client.
 * `npm run check:contract`: fails if the files are not current.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tables } from '../../functions/routes.ts';
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

const isCheck = process.argv.includes('--check');
for (const [file, content] of Object.entries(files)) {
  const path = join(ROOT, file);
  if (!isCheck) await writeFile(path, content);
  else if ((await readFile(path, 'utf8').catch(() => '')) !== content) {
    console.error(`${file} does not follow from the route tables any more. Run: npm run contract`);
    process.exitCode = 1;
  }
}
