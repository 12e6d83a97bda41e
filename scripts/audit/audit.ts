import { type BatchStatus, type Client, isFinished, type LedgerRow, type PayoutRow, Unexpected } from '../client.ts';

export type Audit = {
  readonly batch: BatchStatus;
  readonly payouts: readonly PayoutRow[];
  /** How many payouts are completed; without differences, that each was paid exactly once. */
  readonly paid: number;
  /** How many are neither completed nor failed. None in a batch that has finished. */
  readonly open: number;
  /** One sentence each; none is expected. */
  readonly differences: readonly string[];
};

/**
 * Compares a batch, payout by payout, with the bank's own ledger. The ledger is read last, so that also in a batch that
 * is still being paid every completed payout has to be in it. An open payout may be with the bank at this moment, so of
 * that one it is only asked that the money did not move twice, nor in another amount.
 * @throws Unexpected if the service or the bank does not answer, or the batch was started again in the meantime
 */
export async function auditBatch(client: Client, id: string): Promise<Audit> {
  const before = await client.batch(id);
  const payouts = await client.payouts(id);
  const ledger = await client.ledger(id);
  const batch = await client.batch(id);
  if (batch.run !== before.run) throw new Unexpected(`Batch ${id} was started again meanwhile: audit it once more.`);

  const moved = new Map(ledger.map((row) => [row.instruction, row]));
  const known = new Set(payouts.map((payout) => payout.payout_id));
  const strangers = ledger
    .filter((row) => row.moves > 0 && !known.has(row.instruction))
    .map((row) => `${row.instruction}: the bank moved money for it, the batch does not know it`);
  return {
    batch,
    payouts,
    paid: payouts.filter(({ status }) => status === 'completed').length,
    open: payouts.filter(({ status }) => !isSettled(status)).length,
    differences: [
      ...differencesInCounts(batch, payouts, known.size),
      ...(isFinished(before) ? differencesInTotals(batch, payouts) : []),
      ...payouts.flatMap((payout) => differencesOf(payout, moved.get(payout.payout_id))),
      ...strangers,
    ],
  };
}

const isSettled = (status: string) => status === 'completed' || status === 'failed';

function differencesOf(payout: PayoutRow, row: LedgerRow | undefined): string[] {
  const { payout_id: id, status } = payout;
  const moves = row?.moves ?? 0;
  if (moves > 1) return [`${id}: is ${status}, and the bank moved money ${moves} times`];
  if (row === undefined || moves === 0) {
    return status === 'completed' ? [`${id}: is completed, but the bank moved no money`] : [];
  }
  if (status === 'failed') return [`${id}: is failed, but the bank moved the money`];
  const [want, got] = [`${payout.amount_minor} ${payout.currency}`, `${row.moved_minor} ${row.currency}`];
  return want === got ? [] : [`${id}: ${want} was to be paid, the bank moved ${got} (minor units)`];
}

function differencesInCounts({ counts, total_count: total }: BatchStatus, payouts: readonly PayoutRow[], ids: number) {
  const sum = Object.values(counts).reduce((a, b) => a + b, 0);
  return [
    ...(sum === total ? [] : [`the counts sum to ${sum}, the batch has ${total} payouts`]),
    ...(payouts.length === total ? [] : [`${payouts.length} payouts are listed, the batch has ${total}`]),
    ...(ids === payouts.length ? [] : [`${payouts.length - ids} payouts are listed more than once`]),
  ];
}

/** What a finished batch says of itself as a whole, against its single payouts. */
function differencesInTotals({ counts, completed_totals: totals }: BatchStatus, payouts: readonly PayoutRow[]) {
  const countIs = (status: 'completed' | 'failed') => payouts.filter((payout) => payout.status === status).length;
  const inCounts = (['completed', 'failed'] as const)
    .filter((status) => countIs(status) !== counts[status])
    .map((status) => `${countIs(status)} payouts are ${status}, the counter says ${counts[status]}`);
  const completed = Map.groupBy(
    payouts.filter(({ status }) => status === 'completed'),
    ({ currency }) => currency,
  );
  const said = new Map(totals.map(({ currency, amount_minor }) => [currency, amount_minor]));
  const inSums = [...new Set([...completed.keys(), ...said.keys()])].flatMap((currency) => {
    const sum = (completed.get(currency) ?? []).reduce((total, { amount_minor }) => total + amount_minor, 0n);
    const total = said.get(currency) ?? 0n;
    return sum === total ? [] : [`completed payouts sum to ${sum} ${currency}, the batch says ${total} (minor units)`];
  });
  return [...inCounts, ...inSums];
}
