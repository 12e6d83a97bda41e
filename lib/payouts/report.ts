import { stringify } from 'csv-stringify/sync';
import { groupBy } from 'es-toolkit';
import type { z } from 'zod';
import { exactNumber } from '../kernel/exact-json.ts';
import { formatMajor, sumByCurrency } from '../kernel/money.ts';
import type { reportAnswer } from './answers.ts';
import { endedOf } from './chunk.ts';
import { fitting } from './fitting.ts';
import type { ShownPayout, WholeBatch } from './read-batches.ts';
import { batchView, duplicateView, invalidView, maskedDestination, payoutView, sumsView } from './view.ts';

/** The result of a batch: totals, every payout in short, failures by code, and the failed payouts. */
export function reportJson(whole: WholeBatch): z.input<typeof reportAnswer> {
  const failed = whole.payouts.filter(({ status }) => status === 'failed');
  const byCode = groupBy(failed, ({ payout }) => ('failure' in payout ? payout.failure.code : 'UNKNOWN'));
  const details = fitting(whole.payouts.map(detailView));
  const failures = fitting(failed.map(payoutView));
  return {
    ...batchView(whole),
    processed: endedOf(whole.counts),
    successful: whole.counts.completed,
    failed: whole.counts.failed,
    duplicates: whole.duplicates.length,
    invalid: invalidView(whole.rejected),
    duplicate_payouts: fitting(whole.duplicates.map(duplicateView)),
    details,
    details_omitted: whole.payouts.length - details.length,
    failures_by_code: Object.entries(byCode)
      .map(([code, payouts]) => ({
        code,
        count: payouts.length,
        retryable: payouts.every(({ payout }) => 'failure' in payout && payout.failure.retryable),
        totals: sumsView(sumByCurrency(payouts.map(({ payout }) => payout.money))),
      }))
      .sort((a, b) => b.count - a.count || a.code.localeCompare(b.code)),
    failures,
    failures_omitted: failed.length - failures.length,
  };
}

function detailView({ payout, status }: ShownPayout) {
  return { external_id: payout.externalId, status, amount_cents: exactNumber(`${payout.money.minor}`) };
}

const COLUMNS = [
  ...['payout_id', 'external_id', 'payee_id', 'payee_name', 'amount', 'currency', 'destination', 'bank_name', 'status'],
  ...['attempts', 'reference', 'bank_id', 'failure_code', 'updated_at', 'duplicate_of'],
] as const;

/** One line per payout in the order of the request, then one per payout that is not stored; text that a spreadsheet would run as a formula is escaped. */
export function reportCsv(
  { payouts, duplicates }: Pick<WholeBatch, 'payouts' | 'duplicates'>,
  { header = true } = {},
): string {
  const rows = payouts.map(({ payout, status }) => {
    const destination = maskedDestination(payout.destination);
    return {
      payout_id: payout.id,
      external_id: payout.externalId,
      payee_id: payout.payee.id,
      payee_name: payout.payee.name ?? '',
      amount: formatMajor(payout.money),
      currency: payout.money.currency,
      destination: destination.pix_key ?? destination.bank_account,
      bank_name: destination.bank_name ?? '',
      status,
      attempts: payout.attempts,
      reference: payout.reference,
      bank_id: 'bankId' in payout ? payout.bankId : '',
      failure_code: 'failure' in payout ? payout.failure.code : '',
      updated_at: payout.updatedAt,
      duplicate_of: '',
    };
  });
  const notStored = duplicates.map(({ duplicate: { externalId, money, holder } }) => ({
    external_id: externalId,
    amount: formatMajor(money),
    currency: money.currency,
    status: 'duplicate',
    duplicate_of: holder,
  }));
  return stringify([...rows, ...notStored], { header, columns: [...COLUMNS], escape_formulas: true });
}
