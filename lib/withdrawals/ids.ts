import { generatedId } from '../kernel/id.ts';

export type WithdrawalId = string & { readonly __brand: 'WithdrawalId' };
export const { from: withdrawalId, parse: parseWithdrawalId } = generatedId<WithdrawalId>('wdr');

/** Idempotency keys are a user's own. */
export const keyScope = (userId: string) => `withdrawal:${userId}`;
