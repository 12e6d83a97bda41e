import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Flow } from './flows.ts';

const PAGE = join(import.meta.dirname, '../../docs/localstack.md');

/** Replaces the table of a server in docs/localstack.md, between its two comments. @param server as in the comments */
export function writeDocument(server: string, flows: readonly Flow[], total: number): void {
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [`<!-- run: ${server} -->`, `<!-- end: ${server} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for ${server}: ${begin}`);
  const day = new Date().toISOString().slice(0, 10);
  const rows = flows.map(
    ({ name, status, seconds }) => `| ${name} | ${RESULTS[status] ?? status} | ${seconds.toFixed(1)} |`,
  );
  const title = `${server}, Node ${process.versions.node}, ${day}: ${Math.round(total)} s in all`;
  const table = [begin, '', title, '', '| flow | result | seconds |', '|---|---|---|', ...rows, '', end].join('\n');
  writeFileSync(PAGE, page.slice(0, from) + table + page.slice(to + end.length));
}

const NOT_RUN = 'not run: it needs what npm start does otherwise, below';
const RESULTS: Readonly<Record<string, string>> = {
  passed: 'passes',
  failed: '**fails**',
  skipped: NOT_RUN,
  pending: NOT_RUN,
};
