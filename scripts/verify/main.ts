/**
 * `npm run verify [-- --domain payouts|withdrawals|wallets|orders|settlement|events|all] [--stage local] [--json]`: looks at
 * a system that is running, and compares everything that it claims. Read-only; it may run while others work.
 * Exit code 0 if everything agrees, 1 if something is wrong, 2 if that cannot be said.
 */

import { parseArgs } from 'node:util';
import { endpointsOf } from '../client.ts';
import { documentOf, exitCodeOf, summaryOf, tableOf } from './report.ts';
import { DOMAIN_NAMES, type DomainName, type Verified, verify } from './verify.ts';

function domainsOf(given: string): readonly DomainName[] {
  if (given === 'all') return DOMAIN_NAMES;
  const domain = DOMAIN_NAMES.find((name) => name === given);
  if (!domain) throw new Error(`There is no domain ${given}. There are ${DOMAIN_NAMES.join(', ')}, and all.`);
  return [domain];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      domain: { type: 'string', default: 'all' },
      stage: { type: 'string', default: 'local' },
      json: { type: 'boolean', default: false },
    },
  });
  const domains = domainsOf(values.domain);
  const all: Verified[] = [];
  for await (const verified of verify(endpointsOf(), values.stage, domains)) {
    all.push(verified);
    if (!values.json) console.log(`${tableOf(verified)}\n`);
  }
  console.log(values.json ? JSON.stringify(documentOf(all), null, 2) : summaryOf(all));
  process.exitCode = exitCodeOf(all);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 2;
});
