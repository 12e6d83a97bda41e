import { sealedLogOf } from '../audit.ts';
import { awsOf } from '../aws.ts';
import { MockBank } from '../bank.ts';
import { type Endpoints, reach } from '../endpoints.ts';
import { examineEvents } from './events.ts';
import type { Examine, Findings, Scope } from './examination.ts';
import { examineLimits } from './limits.ts';
import { examineOrders } from './orders.ts';
import { examinePayouts } from './payouts.ts';
import { withBar } from './progress.ts';
import { examineSettlement } from './settlement.ts';
import { Tables } from './tables.ts';
import { examineUploads } from './uploads.ts';
import { examineWallets } from './wallets.ts';
import { examineWebhooks } from './webhooks.ts';
import { examineWithdrawals } from './withdrawals.ts';

const DOMAINS = {
  payouts: examinePayouts,
  uploads: examineUploads,
  withdrawals: examineWithdrawals,
  wallets: examineWallets,
  orders: examineOrders,
  settlement: examineSettlement,
  limits: examineLimits,
  webhooks: examineWebhooks,
  events: examineEvents,
} as const satisfies Record<string, Examine>;
export type DomainName = keyof typeof DOMAINS;
export const DOMAIN_NAMES = Object.keys(DOMAINS) as readonly DomainName[];

export type Selection = Pick<Scope, 'id' | 'expected'> & {
  readonly stage?: string;
  readonly domains?: readonly DomainName[];
};

/** The findings in a domain, or the reason why it could not be checked. */
export type Verified = { readonly domain: DomainName } & (Findings | { readonly error: string });

/**
 * Compares the stored items and the answers of a running system with their sources. Reads only. Yields each domain as soon as it
 * is done.
 * @throws Unexpected if the service does not answer
 */
export async function* verify(at: Endpoints, selection: Selection = {}): AsyncGenerator<Verified> {
  const { stage = 'local', domains = DOMAIN_NAMES, id, expected } = selection;
  await (await reach(`${at.api}/health`)).body?.cancel(); // fails at once; the AWS clients would retry ten times
  const tables = new Tables(awsOf(at), stage);
  const seals = sealedLogOf(awsOf(at), stage, at.auditKey);
  const bank = at.bank ? new MockBank(at) : undefined;
  try {
    for (const domain of domains) {
      const findings = withBar(domain, (onProgress) =>
        DOMAINS[domain]({ at, tables, seals, bank, id, expected, now: Date.now, onProgress }),
      );
      yield await findings.then(
        (found) => ({ domain, ...found }),
        (error: Error) => ({ domain, error: error.message || error.name }),
      );
    }
  } finally {
    tables.close();
    seals.close();
  }
}

/** Every domain of `verify` at once. */
export async function verifyAll(at: Endpoints, selection?: Selection): Promise<Verified[]> {
  const all: Verified[] = [];
  for await (const verified of verify(at, selection)) all.push(verified);
  return all;
}
