/**
 * After a restore from a backup, or a failover to an older copy, the stored state may be older than what the rails did: a
 * payout that is pending here may be paid there. Raised after that, the epoch makes workers look up what they would otherwise
 * send at once: each instruction that was created before `raisedAt`, for ever, and until `until` each other one too, because
 * clients repeat requests that the restore has lost, and the ids and references of those are the same. Times are ISO 8601 UTC.
 */
export type Epoch = {
  readonly raisedAt: string;
  readonly until: string;
  /** Who raised it, and why. */
  readonly person: string;
  readonly reason: string;
};

export interface EpochStore {
  /** The last one that was raised. */
  read(): Promise<Epoch | undefined>;
  /** Durable when it resolves. Workers follow it after {@link EPOCH_CACHED_MS}. */
  raise(epoch: Epoch): Promise<void>;
}

/** How long a process uses the epoch that it has read. */
export const EPOCH_CACHED_MS = 5_000;

/** The epoch that replaces `before`: nothing that was looked up first is sent at once again. */
export function raised(before: Epoch | undefined, epoch: Epoch): Epoch {
  return before && before.until > epoch.until ? { ...epoch, until: before.until } : epoch;
}

export type EpochDeps = { readonly epoch: () => Promise<Epoch | undefined>; readonly now: () => number };

/**
 * Whether the rail may know more of an instruction than the stored state does.
 * @param instruction when it was stored, ISO 8601 UTC
 */
export async function epochApplies(deps: EpochDeps, { createdAt }: { readonly createdAt: string }): Promise<boolean> {
  const epoch = await deps.epoch();
  return epoch !== undefined && (createdAt < epoch.raisedAt || deps.now() < Date.parse(epoch.until));
}
