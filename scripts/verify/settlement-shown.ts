import type { JobWithProgress, Settlement } from '../../client/index.ts';
import { settlementOf } from '../../lib/settlement/items.ts';
import type { Job } from '../../lib/settlement/job.ts';
import { clientOf, type Endpoints } from '../endpoints.ts';
import { formatSums } from '../settlement/groups.ts';
import { differencesOf, type Item, unequal } from './difference.ts';

/** Made for a single job only. */
export const SHOWN_CHECK = { shown: 'the API shows the stored job and settlements' } as const;

/** What the API shows of a job and its days, read before the items. */
export type Shown = { readonly job: JobWithProgress; readonly settlements: readonly Settlement[] };

export async function readShown(at: Endpoints, { id, from, to }: Job): Promise<Shown> {
  const { jobs, settlements } = clientOf(at);
  return { job: await jobs.get(id), settlements: await settlements.list({ from, to, limit: 500 }).all() };
}

/**
 * A later job may have replaced a settlement since it was shown, so only settlements of the same job are compared.
 * @param counted the transactions in the checkpoints of the job
 */
export function differencesToShown(job: Job, counted: number, settlements: readonly Item[], shown: Shown) {
  const stored = new Map<string, ReturnType<typeof settlementOf>>(
    settlements.map(settlementOf).map((each) => [`${each.merchantId} on ${each.day}`, each]),
  );
  const listed = new Set(shown.settlements.map((each) => `${each.merchant_id} on ${each.date}`));
  const hidden = [...stored].filter(([name, { generatedAt }]) => !listed.has(name) && generatedAt === job.createdAt);
  return differencesOf<'shown'>(job.id, `job ${job.id}`)('shown', [
    ...unequal('status', job.status, shown.job.status),
    ...unequal('days', `${job.from} to ${job.to}`, `${shown.job.from} to ${shown.job.to}`),
    ...unequal('transactions', counted, shown.job.transactions),
    ...hidden.map(([name]) => `settlement of ${name}: is not shown`),
    ...shown.settlements.flatMap((each) => {
      const name = `${each.merchant_id} on ${each.date}`;
      const own = stored.get(name);
      if (!own) return [`settlement of ${name}: is shown, but not stored`];
      if (own.runId !== each.unique_run_id) return [];
      const { gross_cents: gross, fee_cents: fee, net_cents: net, txn_count: count } = each;
      return [
        ...unequal(
          `settlement of ${name}`,
          formatSums(own),
          formatSums({ gross: BigInt(gross), fee: BigInt(fee), count }),
        ),
        ...unequal(`settlement of ${name}: net`, own.gross - own.fee, net),
      ];
    }),
  ]);
}
