/** While messages wait for a worker, the message of overdue work is probably among them, so it counts as lost later. */
export const FACTOR_WHILE_BUSY = 10;

/**
 * Selects the work whose message is probably lost, from work without a lease.
 * @param overdueMs for how many milliseconds a piece of work has been due
 */
export async function lostAmong<Piece>(
  pieces: readonly Piece[],
  overdueMs: (piece: Piece) => number,
  { lostAfterMs, isIdle }: { readonly lostAfterMs: number; readonly isIdle: () => Promise<boolean> },
): Promise<Piece[]> {
  const stale = pieces.filter((piece) => overdueMs(piece) >= lostAfterMs);
  if (stale.length === 0 || (await isIdle())) return stale;
  return stale.filter((piece) => overdueMs(piece) >= lostAfterMs * FACTOR_WHILE_BUSY);
}
