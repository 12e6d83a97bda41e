import { SimpleGrid, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { PayoutCounts, Upload } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { formatCount } from '../format.ts';
import { CopyAs } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Sums } from '../parts/money.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { ProgressBar } from '../parts/progress-bar.tsx';
import { nameOf, Status } from '../parts/status.tsx';
import { Time } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';
import { isEnded, isRead, UploadActions } from './upload/actions.tsx';
import { RejectedRows } from './upload/rejected-rows.tsx';

const route = getRouteApi('/uploads/$uploadId');

/** A file of payouts: how far it is read, and the batches that it became. */
export function UploadScreen() {
  const { uploadId } = route.useParams();
  const input = { params: { upload_id: uploadId } };
  const query = useResource('getUpload', input, {
    every: (upload) => (upload && isEnded(upload) && upload.report !== 'writing' ? 15_000 : 1_000),
  });
  return (
    <Page
      title={uploadId}
      aside={query.data && <Status of={query.data.status} />}
      actions={
        <>
          {query.data && <UploadActions upload={query.data} />}
          <CopyAs command={`batches wait ${uploadId} --paid`} operation="getUpload" input={input} />
        </>
      }
    >
      <Loaded query={query}>{(upload) => <Details upload={upload} />}</Loaded>
    </Page>
  );
}

function Details({ upload }: { upload: Upload }) {
  const { error, rejected_url, batches } = upload;
  return (
    <>
      {error && <Text role="alert">{error} Nothing of the file was or will be paid.</Text>}
      <Progress upload={upload} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="File">
          <File upload={upload} />
        </Panel>
        <Panel title="Payouts">
          <Payouts upload={upload} />
        </Panel>
      </SimpleGrid>
      {rejected_url && <RejectedRows upload={upload} />}
      <Panel title="Batches">
        <DataTable
          label="Batches of the file"
          columns={COLUMNS}
          rows={batches}
          keyOf={({ batch_id }) => batch_id}
          empty={<Text>No batch is stored yet.</Text>}
        />
      </Panel>
    </>
  );
}

/** Of the file while it is read, then of its payouts: the chunks of the batches. */
function Progress({ upload }: { upload: Upload }) {
  const { status, progress, batches } = upload;
  const sumOf = (count: (batch: Upload['batches'][number]) => number) =>
    batches.reduce((sum, batch) => sum + count(batch), 0);
  if (!isRead(upload)) {
    const pass = status === 'checking' ? 'First, all rows are checked.' : 'Then they are stored as batches.';
    return (
      <Panel
        title="Progress"
        aside={<Text size="sm">{status === 'awaiting_upload' ? 'The file is awaited.' : pass}</Text>}
      >
        <ProgressBar label="Of the file" percent={progress} />
      </Panel>
    );
  }
  if (batches.length === 0) return null;
  const chunks = sumOf(({ chunk_count }) => chunk_count);
  return (
    <Panel title="Progress">
      <ProgressBar
        label="Of the payouts"
        percent={(100 * sumOf(({ chunks_done }) => chunks_done)) / Math.max(1, chunks)}
      />
    </Panel>
  );
}

const File = ({ upload }: { upload: Upload }) => (
  <Facts>
    <Fact name="Created">
      <Time at={upload.created_at} />
    </Fact>
    <Fact name="Bytes">
      {formatCount(upload.bytes_done)} of {formatCount(upload.bytes_total)}
    </Fact>
    <Fact name="Rows read">{formatCount(upload.rows)}</Fact>
    <Fact name="Stored">{formatCount(upload.stored)}</Fact>
    <Fact name="Duplicates">{formatCount(upload.duplicates)}</Fact>
    <Fact name="Rejected">{formatCount(upload.rejected)}</Fact>
    {upload.approval_id && (
      <Fact name="Approval">
        <To path={`/approvals/${upload.approval_id}`} className="id">
          {upload.approval_id}
        </To>
      </Fact>
    )}
  </Facts>
);

const Payouts = ({ upload: { totals, counts, open } }: { upload: Upload }) => (
  <Facts>
    <Fact name="Amount">
      <strong>
        <Sums of={totals} />
      </strong>
    </Fact>
    <Fact name="In open batches">{formatCount(open)}</Fact>
    {(Object.keys(counts) as (keyof PayoutCounts)[])
      .filter((status) => counts[status] > 0)
      .map((status) => (
        <Fact key={status} name={nameOf(status)}>
          {formatCount(counts[status])}
        </Fact>
      ))}
  </Facts>
);

const COLUMNS: readonly Column<Upload['batches'][number]>[] = [
  {
    header: 'Batch',
    cell: ({ batch_id }) => (
      <To path={`/batches/${batch_id}`} className="id">
        {batch_id}
      </To>
    ),
  },
  { header: 'Status', cell: ({ status }) => <Status of={status} /> },
  { header: 'Payouts', cell: ({ total_count }) => formatCount(total_count), isNumber: true },
  {
    header: 'Chunks ended',
    cell: ({ chunks_done, chunk_count }) => `${formatCount(chunks_done)} of ${formatCount(chunk_count)}`,
    isNumber: true,
    isWide: true,
  },
];
