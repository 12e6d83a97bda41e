import type { Claim, ClaimKey, Holder } from './claim.ts';
import type { PayoutId } from './ids.ts';

export interface ClaimStore {
  /** Those that exist, in no order. */
  read(keys: readonly ClaimKey[]): Promise<Claim[]>;
  /** What is stored of the payout that has a key, read after the call began; in the same order. */
  holders(claims: readonly { readonly holder: PayoutId }[]): Promise<Holder[]>;
  /** @returns false if a key is no longer as it was seen: then some are not stored */
  take(claims: readonly ClaimWrite[]): Promise<boolean>;
  /** Deletes those that are as they were read. */
  release(claims: readonly Claim[]): Promise<void>;
}

/** A claim, and what was stored under its key when it was decided; undefined: nothing. */
export type ClaimWrite = { readonly claim: Claim; readonly seen: Claim | undefined };
