import { SimpleGrid, Text } from '@mantine/core';
import type { OpenBatch, PayoutOverview } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { formatCount } from '../format.ts';
import { BATCH_COLUMN, STATUS_COLUMN } from '../parts/batch-columns.tsx';
import { CopyAs } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Sums } from '../parts/money.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { StatusBar, StatusLegend } from '../parts/status-bar.tsx';
import { Ago } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';
import { useCan } from '../session.ts';
import { LastHour } from './now/last-hour.tsx';
import { Operations } from './now/operations.tsx';

const EVERY_MS = 3_000;

const COLUMNS: readonly Column<OpenBatch>[] = [
  BATCH_COLUMN,
  { ...STATUS_COLUMN, isWide: true },
  {
    header: 'Payouts',
    cell: ({ batch_id, counts, total_count }) => (
      <>
        <StatusBar counts={counts} total={total_count} isSmall />
        <StatusLegend batchId={batch_id} counts={counts} total={total_count} />
      </>
    ),
  },
  { header: 'Started', cell: ({ started_at }) => (started_at ? <Ago at={started_at} /> : '–'), isWide: true },
];

/** What another person is asked for. Only keys that approve may read it. */
function Approvals() {
  const { data } = useResource('listApprovals', { query: { status: 'waiting', limit: 500 } }, { every: 10_000 });
  if (!data) return <>–</>;
  return (
    <To path="/approvals" search={{ status: 'waiting' }}>
      {data.next_cursor ? 'more than ' : ''}
      {formatCount(data.approvals.length)}
    </To>
  );
}

function NeedsAttention({ oldest_unknown, counts, open_batches }: PayoutOverview) {
  const can = useCan();
  const dead = open_batches.filter(({ dead_lettered_chunks }) => dead_lettered_chunks > 0);
  return (
    <Panel title="Needs attention">
      <Facts>
        <Fact name="Outcome unknown">
          <To path="/unknown">{formatCount(counts.unknown)}</To>
        </Fact>
        <Fact name="Unknown for the longest time">
          {oldest_unknown ? (
            <To path={`/payouts/${oldest_unknown.payout_id}`}>
              <Ago at={oldest_unknown.unknown_since ?? oldest_unknown.updated_at} />
            </To>
          ) : (
            'none'
          )}
        </Fact>
        <Fact name="Batches with dead letters">
          {dead.length === 0
            ? 'none'
            : dead.map(({ batch_id }) => (
                <div key={batch_id}>
                  <To path={`/batches/${batch_id}`} className="id">
                    {batch_id}
                  </To>
                </div>
              ))}
        </Fact>
        {can('payouts:approve') && (
          <Fact name="Approvals waiting">
            <Approvals />
          </Fact>
        )}
      </Facts>
    </Panel>
  );
}

/** What moves now, and what may need a person. */
export function Now() {
  const can = useCan();
  const query = useResource('getOverview', {}, { every: EVERY_MS });
  return (
    <Page title="Now" actions={<CopyAs command="payouts overview" operation="getOverview" input={{}} />}>
      <Loaded query={query}>
        {(overview) => (
          <>
            <Panel title="The last hour">
              <LastHour throughput={overview.throughput} />
            </Panel>
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <Panel title="Money in flight">
                <Facts>
                  <Fact name="Not paid yet, in batches under way">
                    <To path="/batches" search={{ status: 'in_progress' }}>
                      <Sums of={overview.in_flight} />
                    </To>
                  </Fact>
                  <Fact name="Payouts at the rail now">
                    <To path="/batches" search={{ status: 'in_progress' }}>
                      {formatCount(overview.counts.processing)}
                    </To>
                  </Fact>
                </Facts>
              </Panel>
              <NeedsAttention {...overview} />
            </SimpleGrid>
            {can('operations') && <Operations {...overview} />}
            <Panel title="Batches under way">
              <DataTable
                label="Open batches"
                columns={COLUMNS}
                rows={overview.open_batches}
                keyOf={({ batch_id }) => batch_id}
                empty={
                  <Text>
                    Nothing moves. <To path="/batches">All batches</To>
                  </Text>
                }
              />
              {!overview.is_whole && <Text size="sm">There are more batches under way than these.</Text>}
            </Panel>
          </>
        )}
      </Loaded>
    </Page>
  );
}
