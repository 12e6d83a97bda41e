import type { Batch, BatchDryRun, BatchHeader, BatchReport, Chunk, CreatedBatch } from '../../client/index.ts';
import type { Listing } from '../output/lists.ts';
import { countsText, facts, sums, table, time } from '../output/text.ts';

/** Batches as text for a terminal. */

export const BATCHES: Listing<BatchHeader> = {
  head: ['BATCH', 'STATUS', 'PAYOUTS', 'SUM', 'CREATED (UTC)'],
  row: (each) => [each.batch_id, each.status, each.total_count, sums(each.totals), time(each.created_at)],
  id: ({ batch_id: id }) => id,
  none: 'There are no batches.',
};

/** What the answers of all operations on a batch have. */
type Common = Pick<BatchHeader, keyof BatchHeader & keyof CreatedBatch>;

export const batchText = (batch: Batch | (Common & Partial<BatchHeader>)) =>
  facts([
    ['batch', batch.batch_id],
    ['status', batch.status],
    ['payouts', batch.total_count],
    ['sum', sums(batch.totals)],
    ...('counts' in batch ? progressOf(batch) : []),
    ['not stored', omittedOf(batch)],
    ['waits for', batch.approval_id && batch.status === 'awaiting_approval' ? batch.approval_id : null],
    ['run', batch.run],
    ['created', time(batch.created_at)],
    ['starts', time(batch.start_at)],
    ['started', time(batch.started_at)],
    ['finished', time(batch.finished_at)],
    ['cancelled for', batch.cancellation?.reason],
  ]);

const progressOf = (batch: Batch) =>
  [
    ['of these', countsText(batch.counts)],
    ['paid', sums(batch.completed_totals)],
    ['not paid', sums([...batch.failed_totals, ...batch.cancelled_totals])],
    ['returned', sums(batch.returned_totals)],
    ['retryable', batch.retryable_failures || null],
    ['dead letters', batch.dead_letters.length || null],
  ] as const;

const omittedOf = ({ duplicates_count: duplicates, invalid_count: invalid }: Common) =>
  countsText({ duplicates, invalid });

export function dryRunText(dry: BatchDryRun): string {
  const { error, problems, invalid, duplicates, limits, approval } = dry;
  const details = [...problems, ...invalid].map(({ path, reason }) => `  ${path}: ${reason}`);
  return [
    error ? `The request would be refused: ${error.message}` : 'The request would be accepted.',
    ...details,
    ...(dry.problems_omitted > 0 ? [`  ${dry.problems_omitted} more problems are not shown.`] : []),
    `${dry.total_count} payouts would be stored: ${sums(dry.totals) || 'nothing'}`,
    ...duplicates.map(({ position, holder }) => `  payout ${position} is a duplicate of ${holder.payout_id}`),
    ...limits
      .filter(({ exceeded }) => exceeded)
      .map(({ currency }) => `The limit of the day is exceeded for ${currency}.`),
    ...(approval ? [`${approval.approvers} other persons would have to approve it.`] : []),
    'Nothing is stored.',
  ].join('\n');
}

export const chunksText = (chunks: readonly Chunk[]) =>
  table(
    ['CHUNK', 'PAYOUTS', 'STATUSES', 'HELD BY', 'UNTIL (UTC)', 'DUE (UTC)', ''],
    chunks.map(({ lease, ...each }) => [
      ...[each.chunk, each.total_count, countsText(each.counts)],
      ...[lease?.owner, time(lease?.until), time(each.due_at), each.dead_lettered ? 'dead letter' : ''],
    ]),
    'There are no chunks yet.',
  );

export function reportText(report: BatchReport): string {
  const failures = report.failures_by_code.map(({ code, count, retryable, totals }) => [
    ...[code, count, sums(totals), retryable ? 'yes' : 'no'],
  ]);
  const rest = failures.length === 0 ? [] : ['', table(['FAILURE', 'PAYOUTS', 'SUM', 'RETRYABLE'], failures, '')];
  return [
    facts([
      ['batch', report.batch_id],
      ['status', report.status],
      ['ended', `${report.processed} of ${report.total_count}`],
      ['paid', `${report.successful}  ${sums(report.completed_totals)}`.trimEnd()],
      ['failed', `${report.failed}  ${sums(report.failed_totals)}`.trimEnd()],
      ['not stored', omittedOf(report)],
    ]),
    ...rest,
  ].join('\n');
}
