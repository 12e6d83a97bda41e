import type { DeadLetter } from '../recovery/index.ts';
import type { WithdrawalId } from './ids.ts';
import type { Withdrawal } from './withdrawal.ts';

/**
 * The index of open withdrawals has four parts, each in the order of time:
 *
 * - `due`: when a worker may take it
 * - `in_flight`: when its lease ends; if it is unknown, when its call can no longer arrive and a look-up is due
 * - `dead`: when its queue gave up its message
 * - `waiting`: when it was made; it waits for its approval, and no worker may take it
 */
export const OPEN_PARTS = ['due', 'in_flight', 'dead', 'waiting'] as const;
export type OpenPart = (typeof OPEN_PARTS)[number];

/** An open withdrawal as the index lists it; may lag behind the last writes. */
export type Open = Pick<Withdrawal, 'id' | 'status' | 'version' | 'dueAt' | 'createdAt'> & {
  readonly leasedUntil?: number;
  readonly deadLetter?: DeadLetter;
};

/** Where the index lists an open withdrawal. `at`: in the order of time, and unique. */
export type Place = { readonly part: OpenPart; readonly at: string };

export function placeOf({ id, status, dueAt, leasedUntil, deadLetter }: Open): Place {
  if (deadLetter) return deadPlace(id, deadLetter);
  if (status === 'AWAITING_APPROVAL') return { part: 'waiting', at: placeAt(dueAt, id) };
  const isInFlight = leasedUntil !== undefined || status === 'UNKNOWN';
  return { part: isInFlight ? 'in_flight' : 'due', at: placeAt(leasedUntil ?? dueAt, id) };
}

export const deadPlace = (id: WithdrawalId, { at }: DeadLetter): Place => ({ part: 'dead', at: `${at}#${id}` });

/** The end of all places of a time, in epoch milliseconds. */
export const placesUntil = (time: number) => placeAt(time, '~');

const placeAt = (time: number, id: string) => `${new Date(time).toISOString()}#${id}`;

/** The places after `after`, up to `upTo`. */
export type PlaceRange = { readonly after?: string | undefined; readonly upTo?: string | undefined };
