import { stringify } from 'csv-stringify/sync';
import { groupBy } from 'es-toolkit';
import { formatMajor, sumByCurrency } from '../kernel/money.ts';
import type { BatchWithChunks, ShownPayout } from './read-batches.ts';
import { batchView, maskedDestination, payoutView, sumsView } from './view.ts';

/** A response has at most 6 MB, and a failure takes 0.6 kB or more. The CSV and the list of payouts have all failures. */
const MAX_FAILURES_LISTED = 5_000;

/** The result of a batch: totals, failures by code, and the failed payouts. */
export function reportJson(whole: BatchWithChunks & { payouts: readonly ShownPayout[] }) {
  const failed = whole.payouts.filter(({ status }) => status === 'failed');
  const byCode = groupBy(failed, ({ payout }) => ('failure' in payout ? payout.failure.code : 'UNKNOWN'));
  return {
    ...batchView(whole),
    failures_by_code: Object.entries(byCode)
      .map(([code, payouts]) => ({
        code,
        count: payouts.length,
        retryable: payouts.every(({ payout }) => 'failure' in payout && payout.failure.retryable),
        totals: sumsView(sumByCurrency(payouts.map(({ payout }) => payout.money))),
      }))
      .sort((a, b) => b.count - a.count || a.code.localeCompare(b.code)),
    failures: failed.slice(0, MAX_FAILURES_LISTED).map(payoutView),
    failures_omitted: Math.max(0, failed.length - MAX_FAILURES_LISTED),
  };
}

/** One line per payout in the order of the request; text that a spreadsheet would run as a formula is escaped. */
export function reportCsv(payouts: readonly ShownPayout[]): string {
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
    };
  });
  return stringify(rows, { header: true, escape_formulas: true });
}
