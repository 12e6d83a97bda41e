/**
 * `npm run audit:withdrawals [-- --stage local]`: compares every withdrawal with the chain's own ledger, and with what the
 * journal says was held, captured and released. Read-only. Exit code 0 if everything agrees, 1 if not, 2 if that cannot be
 * said.
 *
 * It may run while withdrawals are processed: what looks wrong counts only if it does at every look.
 */

import { parseArgs } from 'node:util';
import { isTerminal } from '../../lib/withdrawals/withdrawal.ts';
import { awsOf } from '../aws.ts';
import { Client, endpointsOf } from '../client.ts';
import { withBar } from '../verify/progress.ts';
import { Tables } from '../verify/tables.ts';
import { lines } from '../verify/tell.ts';
import { CHECKS } from './checks.ts';
import { examine } from './examination.ts';

const MOST_TOLD = 5;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { stage: { type: 'string', default: 'local' } } });
  const at = endpointsOf();
  const tables = new Tables(awsOf(at), values.stage);
  const examined = withBar('withdrawals', (onProgress) => examine(tables, new Client(at), onProgress));
  const { withdrawals, differences } = await examined.finally(() => tables.close());
  const all = [...withdrawals.values()];
  const counts = Map.groupBy(all, ({ status }) => status);
  const listed = [...counts].sort().map(([status, some]) => `${some.length} ${status}`);
  console.log(`${all.length} withdrawals${listed.length > 0 ? `: ${listed.join(', ')}` : ''}.\n`);
  for (const [name, sentence] of Object.entries(CHECKS)) {
    const found = differences.filter(({ check }) => check === name).map(({ says }) => says);
    for (const line of lines(sentence, found, MOST_TOLD)) console.log(line);
  }
  const open = all.filter((each) => !isTerminal(each)).length;
  if (open > 0) console.log(`\n${open} are open.`);
  console.log(
    differences.length === 0 ? '\nAll of it agrees, to the last unit.' : `\n${differences.length} differences.`,
  );
  process.exitCode = differences.length === 0 ? 0 : 1;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 2;
});
