import { type Backoff, fullJitter } from '../kernel/backoff.ts';

type Pace = {
  /** `lateCallMs`: for so long a call that was given up at its deadline may still reach the rail. */
  readonly policy: { readonly backoff: Backoff; readonly lateCallMs: number };
  readonly random: () => number;
};

/**
 * How long to wait before an instruction is executed again, in milliseconds: `delayMs`, and never less than `atLeastMs`.
 * Full jitter before a retry or another look-up; nothing if it only could not be sent yet. A call with an unknown outcome
 * may still be on its way: until `lateCallMs` have passed, `not_found` proves nothing.
 */
export function pauseBefore(
  { policy, random }: Pace,
  round: number,
  { isUnknown, isDueAgain }: { readonly isUnknown: boolean; readonly isDueAgain: boolean },
): { readonly atLeastMs: number; readonly delayMs: number } {
  const atLeastMs = isUnknown ? policy.lateCallMs : 0;
  const backoffMs = isDueAgain ? fullJitter(policy.backoff, round, random) : 0;
  return { atLeastMs, delayMs: Math.max(atLeastMs, backoffMs) };
}

/** While messages wait for a worker, what is untouched is more likely behind them than lost. */
const PATIENCE_BEHIND_OTHERS = 10;

/**
 * Of work that nobody holds, what nobody can be expected to come back to.
 * @param untouchedFor for how many milliseconds a piece of work has been due
 */
export async function lostAmong<Piece>(
  pieces: readonly Piece[],
  untouchedFor: (piece: Piece) => number,
  { lostAfterMs, isIdle }: { readonly lostAfterMs: number; readonly isIdle: () => Promise<boolean> },
): Promise<Piece[]> {
  const stale = pieces.filter((piece) => untouchedFor(piece) >= lostAfterMs);
  if (stale.length === 0 || (await isIdle())) return stale;
  return stale.filter((piece) => untouchedFor(piece) >= lostAfterMs * PATIENCE_BEHIND_OTHERS);
}
