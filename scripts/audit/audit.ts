import type { BatchStatus, Client, LedgerRow, PayoutRow } from '../client.ts';

export type Audit = {
  readonly batch: BatchStatus;
  /** Payouts whose money moved, and was to move, once and to the last minor unit. */
  readonly agreed: number;
  readonly paid: number;
  /** One sentence each; none is expected. */
  readonly differences: readonly string[];
};

/** Compares a batch, payout by payout, with the bank's own ledger. */
export async function auditBatch(client: Client, id: string): Promise<Audit> {
  const [batch, payouts, ledger] = await Promise.all([client.batch(id), client.payouts(id), client.ledger(id)]);
  const moved = new Map(ledger.map((row) => [row.instruction, row]));
  const known = new Set(payouts.map((payout) => payout.payout_id));
  const perPayout = payouts.flatMap((payout) => differencesOf(payout, moved.get(payout.payout_id)));
  const strangers = ledger
    .filter((row) => row.moves > 0 && !known.has(row.instruction))
    .map((row) => `${row.instruction}: the bank moved money for it, the batch does not know it`);
  const differences = [...countDifferences(batch, payouts), ...perPayout, ...strangers];
  const paid = payouts.filter((payout) => payout.status === 'completed').length;
  return { batch, agreed: payouts.length - perPayout.length, paid, differences };
}

function differencesOf(payout: PayoutRow, row: LedgerRow | undefined): string[] {
  const moves = row?.moves ?? 0;
  const id = payout.payout_id;
  if (payout.status !== 'completed') {
    return moves === 0 ? [] : [`${id}: is ${payout.status}, but the bank moved money ${moves} times`];
  }
  if (row === undefined || moves === 0) return [`${id}: is completed, but the bank moved no money`];
  if (moves > 1) return [`${id}: the bank moved money ${moves} times`];
  const [want, got] = [`${payout.amount_minor} ${payout.currency}`, `${row.moved_minor} ${row.currency}`];
  return want === got ? [] : [`${id}: ${want} was to be paid, the bank moved ${got} (minor units)`];
}

function countDifferences({ counts, total_count: total }: BatchStatus, payouts: readonly PayoutRow[]): string[] {
  const sum = Object.values(counts).reduce((a, b) => a + b, 0);
  const listed = payouts.filter((payout) => payout.status === 'completed').length;
  return [
    ...(sum === total ? [] : [`the counts sum to ${sum}, the batch has ${total} payouts`]),
    ...(payouts.length === total ? [] : [`${payouts.length} payouts are listed, the batch has ${total}`]),
    ...(listed === counts.completed ? [] : [`${listed} payouts are completed, the counter says ${counts.completed}`]),
  ];
}
