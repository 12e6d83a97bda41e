import { Text } from '@mantine/core';
import { type Batch, type BatchReport, isFinished } from '../../../../client/index.ts';
import { useResource } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Sums } from '../../parts/money.tsx';
import { Loaded, Panel } from '../../parts/page.tsx';
import { To } from '../../parts/to.tsx';

/** Lists of a batch are read again at once when it starts or ends. */
export const versionOf = ({ status, run }: Batch) => `${status} ${run}`;

type Reason = BatchReport['failures_by_code'][number];

const columnsOf = (batchId: string): Column<Reason>[] => [
  { header: 'Reason', cell: ({ code }) => code },
  {
    header: 'Payouts',
    isNumber: true,
    cell: ({ code, count }) => (
      <To
        path={`/batches/${batchId}`}
        search={{ status: 'failed', code }}
        aria-label={`${formatCount(count)} payouts with ${code}`}
      >
        {formatCount(count)}
      </To>
    ),
  },
  { header: 'Amount', cell: ({ totals }) => <Sums of={totals} />, isNumber: true },
  { header: 'Can be retried', cell: ({ retryable }) => (retryable ? 'yes' : 'no, it is refused for good') },
];

/** Why payouts failed, and which of them can be paid again. */
export function Failures({ batch }: { batch: Batch }) {
  const { batch_id, retryable_failures: retryable, counts } = batch;
  const query = useResource(
    'getReport',
    { params: { batch_id } },
    { every: isFinished(batch) ? 60_000 : 15_000, keepLast: true, version: versionOf(batch) },
  );
  const canRetry = retryable > 0 && (batch.status === 'partially_completed' || batch.status === 'failed');
  return (
    <Panel
      title="Failures"
      aside={
        canRetry && (
          <ActionButton
            label={`Retry these ${formatCount(retryable)}`}
            scope="payouts:write"
            operation="retryFailed"
            input={() => ({ params: { batch_id } })}
            command={() => `batches retry ${batch_id}`}
            isPrimary
          >
            Pays {formatCount(retryable)} of {formatCount(counts.failed)} failed payouts again: those whose reason can
            pass.
          </ActionButton>
        )
      }
    >
      <Loaded query={query}>
        {({ failures_by_code }) => (
          <DataTable
            label="Failures by reason"
            columns={columnsOf(batch_id)}
            rows={failures_by_code}
            keyOf={({ code, retryable }) => `${code} ${retryable}`}
            empty={<Text>No payout has failed.</Text>}
          />
        )}
      </Loaded>
    </Panel>
  );
}
