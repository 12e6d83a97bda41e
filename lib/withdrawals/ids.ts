export type WithdrawalId = string & { readonly __brand: 'WithdrawalId' };

export function parseWithdrawalId(text: string): WithdrawalId | undefined {
  return /^wdr_[0-9a-f]{32}$/.test(text) ? (text as WithdrawalId) : undefined;
}

/** @param uuid a new one */
export const withdrawalId = (uuid: string) => `wdr_${uuid.replaceAll('-', '')}` as WithdrawalId;

/** Idempotency keys are a user's own. */
export const keyScope = (userId: string) => `withdrawal:${userId}`;
