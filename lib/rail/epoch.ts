import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';

/**
 * After a restore from a backup, or a failover to an older copy, the stored state may be older than what the rails did: a
 * payout that is pending here may be paid there. An epoch that is raised then makes workers look up what they would otherwise
 * send or cancel at once: each instruction that was created before `raisedAt`, for ever, and until `until` each other one too,
 * because clients repeat the requests that the restore has lost, under the same ids and so the same references. Times are ISO 8601 UTC.
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
  /** Together with its event; durable when it resolves. */
  insert(epoch: Epoch, event: DomainEvent): Promise<void>;
}

/** How long a process uses the epoch that it has read. */
export const EPOCH_CACHED_MS = 5_000;
const DAY_MS = 24 * 60 * 60_000;

type Wanted = Pick<Epoch, 'person' | 'reason'> & { readonly days: number };

/**
 * Raises the epoch. Workers follow it after {@link EPOCH_CACHED_MS}, so none may send before that.
 * @param wanted in the next `days`, each first send is looked up too. What was to be looked up before is so still.
 */
export async function raiseEpoch(
  deps: EventDeps & { readonly epochs: EpochStore },
  { days, person, reason }: Wanted,
): Promise<Epoch> {
  const now = deps.now();
  const before = await deps.epochs.read();
  const untilNow = new Date(now + days * DAY_MS).toISOString();
  const until = before && before.until > untilNow ? before.until : untilNow;
  const epoch = { raisedAt: new Date(now).toISOString(), until, person, reason };
  await deps.epochs.insert(epoch, epochRaised(deps, epoch));
  return epoch;
}

/** The subject of its events. */
export const EPOCH = 'epoch';

function epochRaised(deps: EventDeps, { raisedAt, until, person, reason }: Epoch): DomainEvent {
  const data = { raised_at: raisedAt, until, person, reason };
  return eventOf(deps, { type: 'epoch.raised', source: '/sluice/rails', subject: EPOCH, fact: raisedAt, data });
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
