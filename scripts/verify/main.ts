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
import { endpointsOf, Unexpected } from '../endpoints.ts';
import { readExpected } from '../transactions/expected.ts';
import { documentOf, exitCodeOf, summaryOf, textOf } from './report.ts';
import { DOMAIN_NAMES, type DomainName, type Verified, verify } from './verify.ts';

const WITH_ID: readonly DomainName[] = ['payouts', 'settlement', 'withdrawals', 'wallets'];

function readSelection() {
  const { values } = parseArgs({
    options: {
      domain: { type: 'string', default: 'all' },
      id: { type: 'string' },
      expected: { type: 'string' },
      stage: STAGE,
      json: { type: 'boolean', default: false },
    },
  });
  const { domain, id, expected, stage, json } = values;
  const domains = DOMAIN_NAMES.filter((name) => domain === 'all' || name === domain);
  const [only] = domains;
  if (only === undefined) throw new Unexpected(`Unknown domain ${domain}. Use one of ${DOMAIN_NAMES.join(', ')}, all.`);
  if (id !== undefined && (domain === 'all' || !WITH_ID.includes(only))) {
    throw new Unexpected(`--id needs --domain ${WITH_ID.join(', ')}.`);
  }
  if (expected !== undefined && (id === undefined || domain !== 'settlement')) {
    throw new Unexpected('--expected needs --domain settlement --id JOB.');
  }
  const groups = expected === undefined ? undefined : readExpected(expected);
  return { json, selection: { domains, id, expected: groups, stage } };
}

await run(async () => {
  const { json, selection } = readSelection();
  const all: Verified[] = [];
  for await (const verified of verify(endpointsOf(), selection)) {
    all.push(verified);
    if (!json) console.log(`${textOf(verified)}\n`);
  }
  console.log(json ? JSON.stringify(documentOf(all), null, 2) : summaryOf(all));
  return exitCodeOf(all);
});
