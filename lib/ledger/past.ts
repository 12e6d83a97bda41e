import type { Unit } from '../kernel/money.ts';
import { LineRange } from './line-range.ts';
import type { Ledger } from './ports.ts';
import { balanceOf, type Line, type Wallet } from './wallet.ts';

export { TIME_DISORDER_MS } from './line-range.ts';

type Lines = Pick<Ledger, 'line' | 'between'>;

/**
 * What the wallet held at a time: the sum of the entries until then, in each of its currencies. Exact also where the times of
 * entries are not in the order of the statement.
 *
 * It reads the entries around that time, and those from there to the nearest entry of each currency.
 * @param at as entries have it; included
 * @throws AppError VALIDATION_ERROR too many entries would have to be read
 */
export async function balancesAt(ledger: Lines, wallet: Wallet, at: string): Promise<Map<Unit, bigint>> {
  const range = await LineRange.at(ledger, wallet, at);
  await range.cover(at);
  const known = () => [...wallet.balances.keys()].every((currency) => before(range, wallet, currency) !== undefined);
  while (!known()) {
    await range.growBack();
    await range.growForward();
  }
  return new Map(
    [...wallet.balances.keys()].map((currency) => {
      const moved = range.lines.filter((line) => line.currency === currency && line.entry.at <= at);
      return [currency, moved.reduce((sum, { amount }) => sum + amount, before(range, wallet, currency) ?? 0n)];
    }),
  );
}

/** The balance before the range. Undefined while no line shows it. */
function before(range: LineRange, wallet: Wallet, currency: Unit): bigint | undefined {
  if (range.isAtStart) return 0n;
  const first = range.lines.find((line) => line.currency === currency);
  if (first) return first.balanceAfter - first.amount;
  return range.isAtEnd ? balanceOf(wallet, currency) : undefined;
}

/** The number of the first line from which on all lines are at this time or later. @param at as entries have it */
export async function endBefore(ledger: Lines, wallet: Wallet, at: string): Promise<number> {
  const range = await LineRange.at(ledger, wallet, at);
  await range.cover(at);
  const later = range.lines.findLast(({ entry }) => entry.at < at);
  return (later?.seq ?? range.before) + 1;
}

/**
 * The lines that are wanted and were posted at about these times, in the order of the statement. Each time may be of
 * another line.
 */
export async function linesAround(
  ledger: Lines,
  wallet: Wallet,
  times: readonly string[],
  isWanted: (line: Line) => boolean,
): Promise<Line[]> {
  const found = new Map<number, Line>();
  const isNew = (line: Line) => !found.has(line.seq) && isWanted(line);
  for (const at of times) {
    const range = await LineRange.at(ledger, wallet, at);
    await range.cover(at, (lines) => lines.some(isNew));
    for (const line of range.lines.filter(isNew)) found.set(line.seq, line);
  }
  return [...found.values()].sort((a, b) => a.seq - b.seq);
}
