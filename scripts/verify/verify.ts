import { awsOf } from '../aws.ts';
import { Client, type Endpoints, reach } from '../client.ts';
import type { Examine, Findings } from './domain.ts';
import { examineEvents } from './events.ts';
import { examineOrders } from './orders.ts';
import { examinePayouts } from './payouts.ts';
import { withBar } from './progress.ts';
import { examineSettlement } from './settlement.ts';
import { Tables } from './tables.ts';
import { examineWallets } from './wallets.ts';
import { examineWithdrawals } from './withdrawals.ts';

const DOMAINS = {
  payouts: examinePayouts,
  withdrawals: examineWithdrawals,
  wallets: examineWallets,
  orders: examineOrders,
  settlement: examineSettlement,
  events: examineEvents,
} as const satisfies Record<string, Examine>;
export type DomainName = keyof typeof DOMAINS;
export const DOMAIN_NAMES = Object.keys(DOMAINS) as readonly DomainName[];

/** A domain with what was found in it, or with the reason why nothing can be said of it. */
export type Verified = { readonly domain: DomainName } & (Findings | { readonly unknown: string });

/**
 * Looks at a system that is running: everything that it claims, beside what that follows from. Reads only. One domain after
 * the other, each handed on as soon as it is done.
 * @throws Unexpected if the service does not answer at all
 */
export async function* verify(at: Endpoints, stage: string, domains = DOMAIN_NAMES): AsyncGenerator<Verified> {
  await (await reach(`${at.api}/health`)).body?.cancel(); // an AWS that is not there would be asked ten times
  const tables = new Tables(awsOf(at), stage);
  const bank = at.bank ? new Client(at) : undefined;
  try {
    for (const domain of domains) {
      const findings = withBar(domain, (onProgress) =>
        DOMAINS[domain]({ at, stage, tables, bank, now: Date.now, onProgress }),
      );
      yield await findings.then(
        (found) => ({ domain, ...found }),
        (error: Error) => ({ domain, unknown: error.message || error.name }),
      );
    }
  } finally {
    tables.close();
  }
}
