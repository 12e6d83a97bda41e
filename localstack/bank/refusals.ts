/**
 * The bank's refusals, with HTTP status and message. A refusal is final for its arrival and means that no money moved. This
 * includes BANK_API_TIMEOUT, which the bank answers with when its own upstream times out.
 */
export const REFUSALS = {
  INVALID_BANK_ACCOUNT: { status: 422, message: 'The destination account does not exist.' },
  ACCOUNT_BLOCKED: { status: 403, message: 'The destination account is blocked.' },
  INSUFFICIENT_FUNDS: { status: 402, message: 'The source account does not cover this amount.' },
  RATE_LIMITED: { status: 429, message: 'Too many instructions, try again later.' },
  BANK_API_TIMEOUT: { status: 504, message: 'The receiving bank did not respond; nothing was moved.' },
  TRANSACTION_DROPPED: { status: 410, message: 'The chain was reorganised without this transaction.' },
  DUPLICATE_REFERENCE: { status: 409, message: 'This reference was received before.' },
} as const satisfies Record<string, { status: number; message: string }>;

export type RefusalCode = keyof typeof REFUSALS;
