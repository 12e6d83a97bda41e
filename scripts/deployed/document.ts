import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { partition, sum, uniq } from 'es-toolkit';
import { type Flow, isSkipped, nameOf, reasonOf, type Suite } from './flows.ts';

const PAGE = join(import.meta.dirname, '../../docs/localstack.md');
/** These files have a line for each test, the others one for all of theirs. */
const FLOWS = 'test/deployed/';

/** Replaces the tables of a server in docs/localstack.md, between its two comments. @param server as in the comments */
export function writeDocument(server: string, suites: readonly Suite[], total: number): void {
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [`<!-- run: ${server} -->`, `<!-- end: ${server} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for ${server}: ${begin}`);
  const day = new Date().toISOString().slice(0, 10);
  const title = `${server}, Node ${process.versions.node}, ${day}: ${Math.round(total)} s in all`;
  const [flows, others] = partition(suites, ({ file }) => file.startsWith(FLOWS));
  const table = [begin, '', title, '', ...tableOfFlows(flows), '', ...tableOfSuites(others), end].join('\n');
  writeFileSync(PAGE, page.slice(0, from) + table + page.slice(to + end.length));
}

const RESULTS: Readonly<Record<string, string>> = { passed: 'passes', failed: '**fails**' };
const resultOf = (flow: Flow) => RESULTS[flow.status] ?? `not run: ${reasonOf(flow)}`;

function tableOfFlows(suites: readonly Suite[]): string[] {
  const rows = suites
    .flatMap(({ flows }) => flows)
    .map((flow) => `| ${nameOf(flow)} | ${resultOf(flow)} | ${isSkipped(flow) ? '' : flow.seconds.toFixed(1)} |`);
  return ['| flow | result | seconds |', '|---|---|---|', ...rows];
}

/** With the reasons for what is not run below it. */
function tableOfSuites(suites: readonly Suite[]): string[] {
  if (suites.length === 0) return [];
  const row = (name: string, { flows, seconds, hasFailed }: Omit<Suite, 'file'>) => {
    const [passed, failed] = ['passed', 'failed'].map(
      (status) => flows.filter((flow) => flow.status === status).length,
    );
    const result = hasFailed ? `**${failed || 'all'} fail**, ${passed} pass` : `${passed} pass`;
    return `| ${name} | ${result} | ${flows.filter(isSkipped).length || ''} | ${seconds.toFixed(1)} |`;
  };
  const rows = suites.map((suite) => row(basename(suite.file, '.test.ts'), suite)).sort();
  const all = {
    flows: suites.flatMap(({ flows }) => flows),
    seconds: sum(suites.map(({ seconds }) => seconds)),
    hasFailed: suites.some(({ hasFailed }) => hasFailed),
  };
  const skipped = all.flows.filter(isSkipped);
  const reasons = uniq(skipped.map(reasonOf)).map((reason) => {
    const names = skipped.filter((flow) => reasonOf(flow) === reason).map((flow) => `"${nameOf(flow)}"`);
    return `- ${reason}: ${names.join(', ')}`;
  });
  return [
    '| suite of test/e2e, three at a time | tests | not run | seconds |',
    '|---|---|---|---|',
    ...rows,
    row('all', all),
    '',
    ...(reasons.length > 0 ? ['Not run:', '', ...reasons, ''] : []),
  ];
}
