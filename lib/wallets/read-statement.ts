import { cursorOf, type Page, type PageRequest, positionIn, unknownCursor } from '../kernel/page.ts';
import type { EntryType, Line, UserId } from '../ledger/index.ts';
import { readWallet } from './open-wallet.ts';
import type { WalletDeps } from './ports.ts';

/** The types of entries that move a wallet. */
export const STATEMENT_TYPES = ['DEPOSIT', 'PAYMENT', 'REFUND', 'HOLD', 'RELEASE'] as const satisfies EntryType[];
export type StatementType = (typeof STATEMENT_TYPES)[number];

/**
 * A page of a wallet's statement, newest first. New entries come before the first page, so a reader who follows the
 * cursors sees each line that existed at the start once.
 * @throws AppError NOT_FOUND, VALIDATION_ERROR the cursor is not one of ours
 */
export async function readStatement(
  deps: WalletDeps,
  userId: UserId,
  { limit, cursor, type }: PageRequest & { type?: EntryType | undefined },
): Promise<Page<Line>> {
  const before = cursor === undefined ? undefined : seqOf(cursor);
  const [page] = await Promise.all([deps.ledger.lines(userId, { limit, before, type }), readWallet(deps, userId)]);
  return { items: page.lines, cursor: page.before === undefined ? undefined : cursorOf(`seq:${page.before}`) };
}

function seqOf(cursor: string): number {
  const [, seq] = /^seq:(\d{1,12})$/.exec(positionIn(cursor)) ?? [];
  if (seq !== undefined) return Number(seq);
  throw unknownCursor();
}
