/**
 * Checks a running system: compares its stored items and answers with their sources. Reads only, and may run while others work.
 *
 *     npm run verify                                                 all domains
 *     npm run verify -- --domain payouts --id BATCH                  one batch: also npm run audit -- BATCH
 *     npm run verify -- --domain settlement --id JOB [--expected FILE]   one job, and what another program calculated for it
 *     npm run verify -- --domain withdrawals --id WITHDRAWAL
 *     npm run verify -- --domain wallets --id PAYMENT | USER
 *     npm run verify -- --domain orders | events                     these take no id
 *     --stage local      the stage whose tables are read
 *     --json             prints {"checks": [{"domain", "name", "description", "result": "ok" | "fail" | "skip", "violations"}],
 *                        "domains": [{"domain", "examined", "notes"} | {"domain", "error"}]}
 *
 * Exit code 0: no check failed. 1: a check failed; its violations name every item. 2: nothing failed, but something could
 * not be checked, or the command line is wrong. A skipped check changes no exit code.
 */

import { parseArgs } from 'node:util';
import { run, STAGE } from '../command.ts';
import { endpointsOf } from '../endpoints.ts';
import { documentOf, exitCodeOf, summaryOf, textOf } from './report.ts';
import { selectionOf } from './selection.ts';
import { type Verified, verify } from './verify.ts';

function readValues() {
  const { values } = parseArgs({
    options: {
      domain: { type: 'string', default: 'all' },
      id: { type: 'string' },
      expected: { type: 'string' },
      stage: STAGE,
      json: { type: 'boolean', default: false },
    },
  });
  return values;
}

await run(async () => {
  const { json, ...values } = readValues();
  const all: Verified[] = [];
  for await (const verified of verify(endpointsOf(), selectionOf(values))) {
    all.push(verified);
    if (!json) console.log(`${textOf(verified)}\n`);
  }
  console.log(json ? JSON.stringify(documentOf(all), null, 2) : summaryOf(all));
  return exitCodeOf(all);
});
