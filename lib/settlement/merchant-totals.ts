import { invariant } from '../kernel/errors.ts';
import { type MerchantId, PAID } from '../transactions/index.ts';
import type { SegmentColumns } from './ports.ts';
import type { Sums } from './settlement.ts';

/** Adds up segments in the order of their merchants. Its memory grows with the merchants, not with the rows. */
export class MerchantTotals {
  readonly #settled: [MerchantId, Sums][] = [];
  readonly #seen = new Set<MerchantId>();
  /** Of any status. */
  transactions = 0;

  add({ merchantId, statuses, amounts, fees }: SegmentColumns): void {
    const open = this.#settled.at(-1);
    const before = open?.[0] === merchantId ? open[1] : undefined;
    const { gross, fee, count } = sumPaid(statuses, amounts.split(','), fees.split(','), before);
    this.transactions += statuses.length;
    if (count === 0) return;
    const sums: [MerchantId, Sums] = [merchantId, { gross, fee, count }];
    if (before) {
      this.#settled[this.#settled.length - 1] = sums;
    } else {
      invariant(!this.#seen.has(merchantId), `the segments of ${merchantId} are not consecutive`);
      this.#seen.add(merchantId);
      this.#settled.push(sums);
    }
  }

  /** The merchants with paid transactions, in the order of the segments. */
  get settled(): readonly (readonly [MerchantId, Sums])[] {
    return this.#settled;
  }
}

const NOTHING: Sums = { gross: 0n, fee: 0n, count: 0 };

function sumPaid(statuses: string, amounts: string[], fees: string[], before = NOTHING): Sums {
  invariant(
    amounts.length === statuses.length && fees.length === statuses.length,
    'the columns of a segment are of one length',
  );
  let { gross, fee, count } = before;
  for (let row = 0; row < statuses.length; row += 1) {
    if (statuses[row] !== PAID) continue;
    gross += BigInt(amounts[row] as string);
    fee += BigInt(fees[row] as string);
    count += 1;
  }
  return { gross, fee, count };
}
