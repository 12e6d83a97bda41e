/** While messages wait for a worker, untouched work is more likely behind them than lost. */
const PATIENCE_BEHIND_OTHERS = 10;

/**
 * Selects the work whose message is lost, out of work without a lease.
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
