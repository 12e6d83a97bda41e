import { Text } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type BatchHeader, isFinished } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { formatCount } from '../format.ts';
import { BATCH_COLUMN, STATUS_COLUMN } from '../parts/batch-columns.tsx';
import { CopyAs } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Sums } from '../parts/money.tsx';
import { Loaded, Page } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { StatusBar } from '../parts/status-bar.tsx';
import { StatusFilter, statusIn } from '../parts/status-filter.tsx';
import { Ago, Time } from '../parts/time.tsx';

const route = getRouteApi('/batches');
const PAGE_SIZE = 25;
const STATUSES: readonly BatchHeader['status'][] = [
  'awaiting_approval',
  'scheduled',
  'created',
  'in_progress',
  'stopping',
  'stopped',
  'cancelling',
  'completed',
  'partially_completed',
  'failed',
  'cancelled',
  'rejected',
];

/** Of batches that are being paid, and of those that did not end well. */
function Progress({ batch_id, status }: BatchHeader) {
  const { data } = useResource(
    'getBatch',
    { params: { batch_id } },
    { every: isFinished({ status }) ? 60_000 : 3_000, enabled: status !== 'creating' && status !== 'discarding' },
  );
  if (!data || data.total_count === 0) return null;
  return (
    <div style={{ minWidth: '8rem' }}>
      <StatusBar counts={data.counts} total={data.total_count} isSmall />
      <Text size="xs" c="dimmed">
        {data.statistics.completion_rate_percent} % ended
      </Text>
    </div>
  );
}

const COLUMNS: readonly Column<BatchHeader>[] = [
  BATCH_COLUMN,
  STATUS_COLUMN,
  { header: 'Progress', cell: (batch) => <Progress {...batch} />, isWide: true },
  { header: 'Payouts', cell: ({ total_count }) => formatCount(total_count), isNumber: true },
  { header: 'Amount', cell: ({ totals }) => <Sums of={totals} />, isNumber: true, isWide: true },
  { header: 'Created', cell: ({ created_at }) => <Ago at={created_at} />, isWide: true },
  { header: 'Starts', cell: ({ start_at, started_at }) => <Time at={started_at ?? start_at} />, isWide: true },
];

export function Batches() {
  const { cursor, status } = route.useSearch();
  const navigate = useNavigate();
  const chosen = statusIn(STATUSES, status);
  const input = { query: { limit: PAGE_SIZE, ...(chosen && { status: chosen }), ...(cursor && { cursor }) } };
  const query = useResource('listBatches', input, { every: 5_000, keepLast: true });
  return (
    <Page
      title="Batches"
      actions={
        <>
          <StatusFilter
            statuses={STATUSES}
            chosen={chosen}
            choose={(next) => navigate({ to: '/batches', search: { status: next } })}
          />
          <CopyAs
            command={`batches list${chosen ? ` --status ${chosen}` : ''}`}
            operation="listBatches"
            input={input}
          />
        </>
      }
    >
      <Loaded query={query}>
        {({ batches, next_cursor }) => (
          <>
            <DataTable
              label="Batches, newest first"
              columns={COLUMNS}
              rows={batches}
              keyOf={({ batch_id }) => batch_id}
              empty={
                <Text>
                  {chosen
                    ? `No batch has this status${next_cursor ? ' on this page' : ''}.`
                    : 'There is no batch yet. Create one with POST /batches or `npm run seed -- --submit`.'}
                </Text>
              }
            />
            <Pager cursor={cursor} next={next_cursor} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
