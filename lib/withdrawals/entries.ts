import { account, type Entry, type EntryType, entryOf, walletAccount } from '../ledger/index.ts';
import type { Withdrawal } from './withdrawal.ts';

/*
 * The entries of a withdrawal. Their accounts:
 *
 * - `held` what has left a wallet for a withdrawal that is under way
 * - `withdrawn` the world that money goes to; all that was ever withdrawn
 */
const HELD = account('held');
const WITHDRAWN = account('withdrawn');

type Withdrawn = Pick<Withdrawal, 'id' | 'userId' | 'money' | 'retryCycle'>;

/** Posted before the withdrawal is sent. */
export function holdEntry(withdrawal: Withdrawn, at: string): Entry {
  const { userId, money } = withdrawal;
  return entryOf(headOf(withdrawal, 'HOLD', at), { from: walletAccount(userId), to: HELD, money });
}

/** Once the chain has confirmed. */
export function captureEntry(withdrawal: Withdrawn, at: string): Entry {
  return entryOf(headOf(withdrawal, 'CAPTURE', at), { from: HELD, to: WITHDRAWN, money: withdrawal.money });
}

/** With the postings that are stored. */
export function storedCapture(withdrawal: Withdrawn, postings: Entry['postings'], at: string): Entry {
  return { ...headOf(withdrawal, 'CAPTURE', at), postings };
}

/** Of a withdrawal that failed. */
export function releaseEntry(withdrawal: Withdrawn, at: string): Entry {
  const { userId, money } = withdrawal;
  return entryOf(headOf(withdrawal, 'RELEASE', at), { from: HELD, to: walletAccount(userId), money });
}

/** There is one of each type for each time that the withdrawal was opened. */
function headOf({ id, retryCycle }: Withdrawn, type: EntryType, at: string) {
  return { id: `${id}.${retryCycle}.${type.toLowerCase()}`, type, references: { withdrawal_id: id }, at };
}
