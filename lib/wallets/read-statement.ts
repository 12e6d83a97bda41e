import { AppError } from '../kernel/errors.ts';
import type { EntryType, Line, UserId } from '../ledger/index.ts';
import { readWallet } from './open-wallet.ts';
import type { WalletDeps } from './ports.ts';

/** The types of entries that move a wallet. */
export const STATEMENT_TYPES = ['DEPOSIT', 'PAYMENT', 'REFUND', 'HOLD', 'RELEASE'] as const satisfies EntryType[];

/**
 * A page of a wallet's statement, newest first. Later entries come before the first page, so a reader who follows the
 * cursors sees every line once that existed at the start.
 * @throws AppError NOT_FOUND, VALIDATION_ERROR the cursor is not one of ours
 */
export async function readStatement(
  deps: WalletDeps,
  userId: UserId,
  { limit, cursor, type }: { limit: number; cursor?: string | undefined; type?: EntryType | undefined },
): Promise<{ lines: readonly Line[]; cursor?: string }> {
  const before = cursor === undefined ? undefined : seqOf(cursor);
  const [page] = await Promise.all([
    deps.ledger.lines(userId, {
      limit,
      ...(before === undefined ? {} : { before }),
      ...(type === undefined ? {} : { type }),
    }),
    readWallet(deps, userId),
  ]);
  return {
    lines: page.lines,
    ...(page.before === undefined ? {} : { cursor: Buffer.from(`seq:${page.before}`).toString('base64url') }),
  };
}

function seqOf(cursor: string): number {
  const [, seq] = /^seq:(\d{1,12})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (seq !== undefined) return Number(seq);
  throw new AppError('VALIDATION_ERROR', { details: [{ path: 'cursor', reason: 'is not one that was given out' }] });
}
