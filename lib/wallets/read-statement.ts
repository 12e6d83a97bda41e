import { timeText } from '../kernel/explanation.ts';
import { cursorOf, type Page, type PageRequest, positionIn, unknownCursor } from '../kernel/page.ts';
import { type EntryType, endBefore, type Line, TIME_DISORDER_MS, type UserId } from '../ledger/index.ts';
import { readWallet } from './open-wallet.ts';
import type { WalletDeps } from './ports.ts';

/** The types of entries that move a wallet. */
export const STATEMENT_TYPES = ['DEPOSIT', 'PAYMENT', 'REFUND', 'HOLD', 'RELEASE'] as const satisfies EntryType[];
export type StatementType = (typeof STATEMENT_TYPES)[number];

/** Times in epoch milliseconds: `from` is included, `to` is not. */
export type StatementFilter = {
  readonly type?: EntryType | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
};

/**
 * A page of a wallet's statement, newest first. New entries come before the first page, so a reader who follows the
 * cursors sees each line that existed at the start once.
 * @throws AppError NOT_FOUND, VALIDATION_ERROR the cursor is not one of ours
 */
export async function readStatement(
  deps: WalletDeps,
  userId: UserId,
  { limit, cursor, ...filter }: PageRequest & StatementFilter,
): Promise<Page<Line>> {
  const before = cursor === undefined ? await startOf(deps, userId, filter) : seqOf(cursor);
  const [page] = await Promise.all([
    deps.ledger.lines(userId, { limit, before, ...rulesOf(filter) }),
    readWallet(deps, userId),
  ]);
  return { items: page.lines, cursor: page.before === undefined ? undefined : cursorOf(`seq:${page.before}`) };
}

/** Where the first page begins. Without an end of the time that is the newest line. */
async function startOf(deps: WalletDeps, userId: UserId, { to }: StatementFilter): Promise<number | undefined> {
  return to === undefined ? undefined : endBefore(deps.ledger, await readWallet(deps, userId), timeText(to));
}

function rulesOf({ type, from, to }: StatementFilter) {
  if (type === undefined && from === undefined && to === undefined) return {};
  const [earliest, latest] = [from, to].map((time) => (time === undefined ? undefined : timeText(time)));
  const end = from === undefined ? undefined : timeText(from - TIME_DISORDER_MS);
  return {
    isWanted: ({ entry }: Line) =>
      (type === undefined || entry.type === type) &&
      (earliest === undefined || entry.at >= earliest) &&
      (latest === undefined || entry.at < latest),
    ...(end === undefined ? {} : { isEnd: ({ entry }: Line) => entry.at < end }),
  };
}

function seqOf(cursor: string): number {
  const [, seq] = /^seq:(\d{1,12})$/.exec(positionIn(cursor)) ?? [];
  if (seq !== undefined) return Number(seq);
  throw unknownCursor();
}
