import { generatedId } from '../kernel/id.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import type { UserId } from '../ledger/index.ts';

export type WithdrawalId = string & { readonly __brand: 'WithdrawalId' };
const generated = generatedId<WithdrawalId>('wdr');
export const { parse: parseWithdrawalId, pattern: WITHDRAWAL_ID } = generated;
/** The id follows from the request's user and key, so a repeated request cannot make another withdrawal, however late it is. */
export const withdrawalIdOf = (userId: UserId, key: IdempotencyKey) => generated.derive(userId, key);
