import { createHash } from 'node:crypto';
import type { Day } from '../kernel/day.ts';
import type { MerchantId } from '../transactions/index.ts';
import type { JobId } from './job.ts';

/** The sums of paid transactions. */
export type Sums = {
  readonly gross: bigint;
  readonly fee: bigint;
  readonly count: number;
};

/** The sums of one merchant on one day, from the last job that wrote them. */
export type Settlement = Sums & {
  readonly merchantId: MerchantId;
  readonly day: Day;
  readonly generatedAt: string;
  readonly runId: JobId;
};

export function total(all: readonly Sums[]): Sums {
  let [gross, fee, count] = [0n, 0n, 0];
  for (const sums of all) {
    gross += sums.gross;
    fee += sums.fee;
    count += sums.count;
  }
  return { gross, fee, count };
}

export function net({ gross, fee }: Sums): bigint {
  return gross - fee;
}

/** SHA-256 of the merchant, the day and the sums. It does not depend on the job, so two jobs over the same rows agree. */
export function checksum(settlement: Settlement): string {
  const { merchantId, day, gross, fee, count } = settlement;
  return createHash('sha256')
    .update(JSON.stringify([merchantId, day, `${gross}`, `${fee}`, count]))
    .digest('hex');
}
