import { wallets } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { sweepPayments } from '../../lib/wallets/sweep-payments.ts';

/** rate(1 minute) */
export const handler = schedule(({ deadline }) => sweepPayments(wallets(), deadline));
