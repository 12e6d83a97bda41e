import { withdrawals } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { recoverWithdrawals } from '../../lib/withdrawals/recover-withdrawals.ts';

/** Each minute */
export const handler = schedule((invocation) => recoverWithdrawals(withdrawals(), invocation));
