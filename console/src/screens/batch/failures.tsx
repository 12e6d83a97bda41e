import { Text } from '@mantine/core';
import type { Batch, BatchReport } from '../../../../client/index.ts';
import { useResource } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Sums } from '../../parts/money.tsx';
import { Loaded, Panel } from '../../parts/page.tsx';
import { ReadAt } from '../../parts/read-at.tsx';
import { To } from '../../parts/to.tsx';
import { listsOf } from './lists.ts';

type Reason = BatchReport['failures_by_code'][number];

const columnsOf = (batchId: string, isRetryable: boolean): Column<Reason>[] => [
  { header: 'Reason', cell: ({ code }) => <span style={{ overflowWrap: 'anywhere' }}>{code}</span> },
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
  { header: 'Amount', cell: ({ totals }) => <Sums of={totals} />, isNumber: true, isWide: true },
  {
    header: 'Can be retried',
    cell: ({ code, count, retryable }) => {
      if (!retryable) return 'no, it is refused for good';
      return isRetryable ? <Retry batchId={batchId} code={code} count={count} /> : 'yes';
    },
  },
];

function Retry({ batchId, code, count }: { batchId: string; code?: string; count: number }) {
  return (
    <ActionButton
      label={`Retry ${code ? 'these' : 'all'} ${formatCount(count)}`}
      scope="payouts:write"
      operation="retryFailed"
      input={() => ({ params: { batch_id: batchId }, query: code ? { codes: code } : {} })}
      command={() => `batches retry ${batchId}${code ? ` --code ${code}` : ''}`}
      isPrimary={!code}
    >
      Pays {formatCount(count)} failed payouts again{code ? `, those with ${code}` : ': all whose reason can pass'}.
    </ActionButton>
  );
}

/** Why payouts failed, and which of them can be paid again. */
export function Failures({ batch }: { batch: Batch }) {
  const { batch_id, retryable_failures: retryable } = batch;
  const { isEnded, version } = listsOf(batch);
  const query = useResource(
    'getReport',
    { params: { batch_id } },
    { every: isEnded ? 60_000 : 15_000, keepLast: true, version },
  );
  const canRetry = retryable > 0 && (batch.status === 'partially_completed' || batch.status === 'failed');
  return (
    <Panel
      title="Failures"
      aside={canRetry ? <Retry batchId={batch_id} count={retryable} /> : <ReadAt query={query} />}
    >
      <Loaded query={query}>
        {({ failures_by_code }) => (
          <DataTable
            label="Failures by reason"
            columns={columnsOf(batch_id, canRetry)}
            rows={failures_by_code}
            keyOf={({ code, retryable }) => `${code} ${retryable}`}
            empty={<Text>No payout has failed.</Text>}
          />
        )}
      </Loaded>
    </Panel>
  );
}
