import { describe, expect, it } from 'vitest';
import type { Currency, Unit } from '../../lib/kernel/money.ts';
import { type Line, post, type UserId, type Wallet } from '../../lib/ledger/index.ts';
import { TIME_DISORDER_MS } from '../../lib/ledger/line-range.ts';
import { balancesAt, endBefore, linesAround } from '../../lib/ledger/past.ts';
import { depositEntry } from '../../lib/wallets/entries.ts';
import type { DepositId } from '../../lib/wallets/ids.ts';
import { seededRandom } from '../support/clock.ts';

const ANA = 'ana' as UserId;
const IDR = 'IDR' as Currency;
const UNITS = [IDR, 'PHP' as Currency, 'BRL' as Currency];
const START = Date.UTC(2026, 0, 1);
const timeOf = (ms: number) => new Date(START + ms).toISOString();

type Statement = { readonly wallet: Wallet; readonly lines: readonly Line[] };

/** @param times of its entries, in milliseconds, in the order of the statement */
function statementOf(times: readonly number[], unitOf: (index: number) => Unit): Statement {
  let wallet: Wallet = {
    userId: ANA,
    balances: new Map(UNITS.map((unit) => [unit, 0n])),
    seq: 0,
    createdAt: timeOf(0),
  };
  const lines = times.map((ms, index) => {
    const money = { minor: BigInt(index + 1), currency: unitOf(index) };
    const posted = post(wallet, depositEntry(`dep_${index}` as DepositId, ANA, money, timeOf(ms)));
    wallet = posted.after;
    return posted.line;
  });
  return { wallet, lines };
}

/** Counts what is read. */
function storeOf({ lines }: Statement) {
  const reads = { lines: 0, calls: 0 };
  return {
    reads,
    line: async (_: UserId, seq: number) => {
      reads.calls += 1;
      return lines[seq - 1];
    },
    between: async (_: UserId, first: number, last: number) => {
      reads.calls += 1;
      reads.lines += last - first + 1;
      return lines.slice(first - 1, last);
    },
  };
}

/** By all entries. */
const sumsUntil = ({ wallet, lines }: Statement, at: string) =>
  new Map(
    [...wallet.balances.keys()].map((unit) => [
      unit,
      lines
        .filter(({ currency, entry }) => currency === unit && entry.at <= at)
        .reduce((sum, { amount }) => sum + amount, 0n),
    ]),
  );

describe('the balance of a wallet at an earlier time', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'is the sum of the entries until then, also of entries that are not in the order of time: seed %i',
    async (seed) => {
      const random = seededRandom(seed);
      // Of each two entries that are out of order the times differ by less than the clocks of machines may.
      const times = Array.from({ length: 1 + Math.floor(random() * 1_500) }, (_, index) =>
        Math.floor(index * 1_000 * random() ** 3 + random() * TIME_DISORDER_MS * (seed % 2)),
      ).map((ms, index, all) => Math.max(ms, Math.max(0, ...all.slice(0, index)) - TIME_DISORDER_MS + 1));
      const all = statementOf(times, () => UNITS[Math.floor(random() * (1 + (seed % 3)))] ?? IDR);
      const last = Math.max(...times);
      const asked = [-1, 0, last, last + 1, ...Array.from({ length: 12 }, () => Math.floor(random() * last))];
      for (const ms of [...asked, ...times.slice(0, 3)]) {
        expect(await balancesAt(storeOf(all), all.wallet, timeOf(ms)), `${ms}`).toEqual(sumsUntil(all, timeOf(ms)));
      }
    },
  );

  it('of a wallet without entries is zero', async () => {
    const all = statementOf([], () => IDR);
    expect(await balancesAt(storeOf(all), all.wallet, timeOf(0))).toEqual(all.wallet.balances);
  });

  it('costs few reads in a long statement', async () => {
    const all = statementOf(
      Array.from({ length: 30_000 }, (_, index) => index * 1_000),
      (index) => UNITS[index % UNITS.length] ?? IDR,
    );
    const store = storeOf(all);
    expect(await balancesAt(store, all.wallet, timeOf(17_000_500))).toEqual(sumsUntil(all, timeOf(17_000_500)));
    expect(store.reads.calls).toBeLessThan(20);
    expect(store.reads.lines).toBeLessThan(500);
  });

  it('is refused if one currency was not moved among too many entries', async () => {
    const all = statementOf(
      Array.from({ length: 120_000 }, (_, index) => index * 1_000),
      () => IDR,
    );
    await expect(balancesAt(storeOf(all), all.wallet, timeOf(60_000_000))).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: [{ path: 'as_of' }],
    });
    const recent = timeOf(119_000_000);
    expect(await balancesAt(storeOf(all), all.wallet, recent)).toEqual(sumsUntil(all, recent));
  });
});

describe('lines by their time', () => {
  const times = [0, 100_000, 99_000, 101_000, 300_000, 299_000, 500_000];
  const all = statementOf(times, () => IDR);

  it('end before a time', async () => {
    for (const [ms, end] of [
      [-1, 1],
      [0, 1],
      [1, 2],
      [99_500, 4],
      [101_000, 4],
      [299_500, 7],
      [900_000, 8],
    ] as const) {
      expect(await endBefore(storeOf(all), all.wallet, timeOf(ms)), `${ms}`).toBe(end);
    }
  });

  it('are found around several times, each once', async () => {
    const wanted = [timeOf(99_000), timeOf(100_000), timeOf(300_000)];
    const found = await linesAround(storeOf(all), all.wallet, [...wanted, ...wanted], ({ entry }) =>
      wanted.includes(entry.at),
    );
    expect(found.map(({ seq }) => seq)).toEqual([2, 3, 5]);
  });
});
