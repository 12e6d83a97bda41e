import { approvals } from './mutants/approvals.ts';
import { audit } from './mutants/audit.ts';
import { entries } from './mutants/entries.ts';
import { events } from './mutants/events.ts';
import { lifecycle } from './mutants/lifecycle.ts';
import { limits } from './mutants/limits.ts';
import type { Mutant } from './mutants/mutant.ts';
import { orders } from './mutants/orders.ts';
import { payouts } from './mutants/payouts.ts';
import { rail } from './mutants/rail.ts';
import { restores } from './mutants/restores.ts';
import { settlement } from './mutants/settlement.ts';
import { uploads } from './mutants/uploads.ts';
import { wallets } from './mutants/wallets.ts';
import { webhooks } from './mutants/webhooks.ts';
import { withdrawals } from './mutants/withdrawals.ts';

/**
 * The guards of the code. Each mutant is the code without one of them. `npm run simulate:mutants` plays seeds until one catches
 * it; a mutant that no seed catches shows where the simulation is too narrow.
 */
export const MUTANTS: readonly Mutant[] = [
  ...rail,
  ...restores,
  ...payouts,
  ...withdrawals,
  ...wallets,
  ...orders,
  ...events,
  ...settlement,
  ...audit,
  ...approvals,
  ...lifecycle,
  ...uploads,
  ...entries,
  ...limits,
  ...webhooks,
];
