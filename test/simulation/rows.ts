import { type Day, dayOf } from '../../lib/kernel/day.ts';

/** A transaction as a client sends it. */
export type Row = {
  readonly id: string;
  readonly merchant_id: string;
  readonly amount_cents: number;
  readonly fee_cents: number;
  readonly status: 'PAID' | 'FAILED' | 'REFUNDED';
  readonly paid_at: string;
};
type Item = Record<string, unknown>;
type Sums = { readonly gross: bigint; readonly fee: bigint; readonly count: number };
type MerchantDay = Sums & { readonly merchantId: string; readonly day: string };

/** How far the clock of a job's container may be ahead. */
const CLOCK_IS_AHEAD_MS = 450;
const dayOfRow = ({ paid_at }: Row) => dayOf(Date.parse(paid_at));

/**
 * The rows that clients have sent, when they were acknowledged, and which are stored. Settlements are compared with sums over
 * these, computed independently of the service.
 */
export class Rows {
  readonly #sent = new Map<string, Row>();
  readonly #acknowledged = new Map<string, number>();
  /** The ids in the table at the last check. */
  #stored = new Set<string>();

  send(rows: readonly Row[]): void {
    for (const row of rows) this.#sent.set(row.id, row);
  }

  acknowledge(rows: readonly Row[], now: number): void {
    for (const { id } of rows) if (!this.#acknowledged.has(id)) this.#acknowledged.set(id, now);
  }

  /** Every acknowledged row is stored, and every stored row was sent. */
  differencesIn(items: readonly Item[]): string[] {
    const rows = items.filter(({ pk }) => String(pk).startsWith('TXN#'));
    this.#stored = new Set(rows.map(({ pk }) => String(pk).slice('TXN#'.length)));
    return [
      ...[...this.#acknowledged.keys()]
        .filter((id) => !this.#stored.has(id))
        .map((id) => `${id} was acknowledged, but is not stored`),
      ...rows.flatMap((item) => this.#differencesOfRow(item)),
    ];
  }

  #differencesOfRow({ pk, row }: Item): string[] {
    const id = String(pk).slice('TXN#'.length);
    const sent = this.#sent.get(id);
    const wanted = sent && [
      sent.merchant_id,
      `${sent.amount_cents}`,
      `${sent.fee_cents}`,
      sent.status,
      Date.parse(sent.paid_at),
    ];
    return JSON.stringify(wanted) === row ? [] : [`${id}: ${row} is stored, expected ${JSON.stringify(wanted)}`];
  }

  /** A settlement has at least the rows acknowledged before its job began, and at most those stored now. */
  differencesOf({ merchantId, day, ...sums }: MerchantDay, begunAt: string): string[] {
    const least = this.#recount(merchantId, day, Date.parse(begunAt) - CLOCK_IS_AHEAD_MS);
    const most = this.#recount(merchantId, day);
    const text = ({ gross, fee, count }: Sums) => `${gross} less ${fee} of ${count}`;
    if (sums.count < least.count || sums.gross < least.gross)
      return [`${text(sums)}, expected at least ${text(least)}`];
    if (sums.count > most.count || sums.gross > most.gross) return [`${text(sums)}, expected at most ${text(most)}`];
    const bound = [least, most].find(({ count }) => count === sums.count);
    return bound && text(bound) !== text(sums) ? [`${text(sums)}, expected ${text(bound)}`] : [];
  }

  isCurrent({ merchantId, day, count }: MerchantDay): boolean {
    return this.#recount(merchantId, day).count === count;
  }

  /** Merchants' days that a job's file lacks, though rows of them were acknowledged before it began. */
  missingFrom(lines: readonly string[], { from, to, createdAt }: { from: Day; to: Day; createdAt: string }): string[] {
    const there = new Set(lines.map((line) => line.split(',').slice(0, 2).join(',')));
    const due = [...this.#acknowledged]
      .filter(([, at]) => at < Date.parse(createdAt) - CLOCK_IS_AHEAD_MS)
      .flatMap(([id]) => this.#sent.get(id) ?? [])
      .filter((row) => row.status === 'PAID' && dayOfRow(row) >= from && dayOfRow(row) <= to)
      .map((row) => `${row.merchant_id},${dayOfRow(row)}`);
    return [...new Set(due)].filter((group) => !there.has(group)).map((group) => `${group} is missing`);
  }

  /** A file made after all work has finished has exactly the stored rows. */
  differencesInFile(csv: string, days: readonly string[]): string[] {
    const lines = csv.trimEnd().split('\n').slice(1);
    const found = lines.map((line) => line.split(',').slice(0, 6).join(','));
    const groups = new Set(
      [...this.#stored].flatMap((id) => {
        const row = this.#sent.get(id);
        return row?.status === 'PAID' && days.includes(dayOfRow(row)) ? `${row.merchant_id},${dayOfRow(row)}` : [];
      }),
    );
    const wanted = [...groups].map((group) => {
      const [merchantId = '', day = ''] = group.split(',');
      const { gross, fee, count } = this.#recount(merchantId, day);
      return `${group},${gross},${fee},${gross - fee},${count}`;
    });
    return [
      ...wanted.filter((line) => !found.includes(line)).map((line) => `${line} is missing`),
      ...found.filter((line) => !wanted.includes(line)).map((line) => `${line} is not expected`),
    ];
  }

  /** @param before counts only rows acknowledged before this time */
  #recount(merchantId: string, day: string, before?: number): Sums {
    let [gross, fee, count] = [0n, 0n, 0];
    for (const id of this.#stored) {
      const row = this.#sent.get(id);
      if (row?.status !== 'PAID' || row.merchant_id !== merchantId || dayOfRow(row) !== day) continue;
      if (before !== undefined && (this.#acknowledged.get(id) ?? Number.POSITIVE_INFINITY) >= before) continue;
      gross += BigInt(row.amount_cents);
      fee += BigInt(row.fee_cents);
      count += 1;
    }
    return { gross, fee, count };
  }
}
