import { Anchor, SimpleGrid, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { memo, useDeferredValue, useMemo } from 'react';
import { type Batch, isFinished } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { formatCount, formatDuration } from '../format.ts';
import { CopyAs } from '../parts/copy-as.tsx';
import { Explained } from '../parts/explained.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Sums } from '../parts/money.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { ReadAt } from '../parts/read-at.tsx';
import { Status } from '../parts/status.tsx';
import { StatusBar, StatusLegend } from '../parts/status-bar.tsx';
import { Time } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';
import { BatchActions } from './batch/actions.tsx';
import { Chunks } from './batch/chunks.tsx';
import { Failures } from './batch/failures.tsx';
import { type Lists, listsOf } from './batch/lists.ts';
import { Payouts } from './batch/payouts.tsx';
import { Throughput } from './batch/throughput.tsx';

const route = getRouteApi('/batches/$batchId');

/** A batch that moves is read every second: 60 requests per minute, most of them answered with 304. */
const every = (batch: Batch | undefined) => (batch && isFinished(batch) ? 10_000 : 1_000);

export function BatchScreen() {
  const { batchId } = route.useParams();
  const input = useMemo(() => ({ params: { batch_id: batchId } }), [batchId]);
  const query = useResource('getBatch', input, { every });
  return (
    <Page
      title={batchId}
      aside={query.data && <Status of={query.data.status} />}
      actions={
        <>
          {query.data && <BatchActions batch={query.data} />}
          <CopyAs command={`batches watch ${batchId}`} operation="getBatch" input={input} />
        </>
      }
    >
      <Loaded query={query}>{(batch) => <Details batch={batch} readAt={query.dataUpdatedAt} />}</Loaded>
    </Page>
  );
}

function Details({ batch, readAt }: { batch: Batch; readAt: number }) {
  const { batch_id: batchId, counts, total_count: total, statistics } = batch;
  // The screen is painted with its first panel; the others follow without blocking.
  const isPainted = useDeferredValue(true, false);
  return (
    <>
      <Panel
        title="Progress"
        aside={
          <Text size="sm">
            {statistics.completion_rate_percent} % of {formatCount(total)} payouts ended
          </Text>
        }
      >
        <StatusBar counts={counts} total={total} />
        <StatusLegend batchId={batchId} counts={counts} total={total} />
        <Throughput batch={batch} readAt={readAt} />
      </Panel>
      {isPainted && (
        <>
          {counts.failed > 0 && <Failures batch={batch} />}
          <Why {...listsOf(batch)} />
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
            <Panel title="Amounts">
              <Facts>
                <Fact name="Asked">
                  <Sums of={batch.totals} />
                </Fact>
                <Fact name="Paid">
                  <Sums of={batch.completed_totals} />
                </Fact>
                <Fact name="Failed">
                  <Sums of={batch.failed_totals} />
                </Fact>
                {batch.cancelled_totals.length > 0 && (
                  <Fact name="Cancelled">
                    <Sums of={batch.cancelled_totals} />
                  </Fact>
                )}
                {batch.returned_totals.length > 0 && (
                  <Fact name="Returned">
                    <Sums of={batch.returned_totals} />
                  </Fact>
                )}
              </Facts>
            </Panel>
            <Panel title="Times">
              <Times batch={batch} />
            </Panel>
          </SimpleGrid>
          <Chunks {...listsOf(batch)} />
          <Payouts batch={batch} />
        </>
      )}
    </>
  );
}

const Why = memo(function Why({ batchId, isEnded, version }: Lists) {
  const query = useResource(
    'explainBatch',
    { params: { batch_id: batchId } },
    { every: isEnded ? 60_000 : 5_000, version, keepLast: true },
  );
  return (
    <Loaded query={query}>
      {(explanation) => <Explained explanation={explanation} aside={<ReadAt query={query} />} />}
    </Loaded>
  );
});

function Times({ batch }: { batch: Batch }) {
  const { created_at, started_at, finished_at, start_at, cancellation, run } = batch;
  return (
    <Facts>
      <Fact name="Created">
        <Time at={created_at} />
      </Fact>
      {start_at && (
        <Fact name="Scheduled for">
          <Time at={start_at} />
        </Fact>
      )}
      <Fact name="Started">
        <Time at={started_at} />
        {batch.started_late_seconds ? ` (${batch.started_late_seconds} s late)` : ''}
      </Fact>
      <Fact name="Ended">
        <Time at={finished_at} />
        {started_at && finished_at && ` (after ${formatDuration(Date.parse(finished_at) - Date.parse(started_at))})`}
      </Fact>
      <Fact name="Run">{run}</Fact>
      {cancellation && (
        <Fact name="Cancelled">
          <Time at={cancellation.at} />: {cancellation.reason}
        </Fact>
      )}
      {batch.approval_id && (
        <Fact name="Approval">
          <To path={`/approvals/${batch.approval_id}`} className="id">
            {batch.approval_id}
          </To>
        </Fact>
      )}
      {batch.duplicates_count > 0 && <Fact name="Duplicates, not stored">{formatCount(batch.duplicates_count)}</Fact>}
      {batch.invalid_count > 0 && (
        <Fact name="Invalid, not stored">
          <Anchor href={`/batches/${batch.batch_id}/rejected.csv`}>{formatCount(batch.invalid_count)}</Anchor>
        </Fact>
      )}
    </Facts>
  );
}
