import { BadInput } from '../endpoints.ts';
import { readExpected } from '../transactions/expected.ts';
import { DOMAIN_NAMES, type DomainName, type Selection } from './verify.ts';

/** What was given on the command line. */
export type SelectionOptions = {
  readonly domain: string;
  readonly id?: string | undefined;
  readonly expected?: string | undefined;
  readonly stage: string;
};

const WITH_ID: readonly DomainName[] = ['payouts', 'settlement', 'withdrawals', 'wallets'];

/** @throws BadInput if the options do not fit together */
export function selectionOf({ domain, id, expected, stage }: SelectionOptions): Selection {
  const domains = DOMAIN_NAMES.filter((name) => domain === 'all' || name === domain);
  const [only] = domains;
  if (only === undefined) throw new BadInput(`Unknown domain ${domain}. Use one of ${DOMAIN_NAMES.join(', ')}, all.`);
  if (id !== undefined && (domain === 'all' || !WITH_ID.includes(only))) {
    throw new BadInput(`--id needs --domain ${WITH_ID.join(', ')}.`);
  }
  if (expected !== undefined && (id === undefined || domain !== 'settlement')) {
    throw new BadInput('--expected needs --domain settlement --id JOB.');
  }
  const groups = expected === undefined ? undefined : readExpected(expected);
  return { domains, id, expected: groups, stage };
}
