import { stringify } from 'csv-stringify/sync';
import { net, type Settlement } from './settlement.ts';

const COLUMNS = [
  'merchant_id',
  'date',
  'gross_cents',
  'fee_cents',
  'net_cents',
  'txn_count',
  'generated_at',
  'unique_run_id',
] as const;

/** RFC 4180, but for line ends, which are LF. */
export const CSV_HEADER = stringify([COLUMNS]);

/** One line for each settlement, without the header. */
export function csvLines(settlements: readonly Settlement[]): string {
  return stringify(
    settlements.map((settlement) => [
      settlement.merchantId,
      settlement.day,
      `${settlement.gross}`,
      `${settlement.fee}`,
      `${net(settlement)}`,
      settlement.count,
      settlement.generatedAt,
      settlement.runId,
    ]),
  );
}
