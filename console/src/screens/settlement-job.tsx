import { Anchor, Code, SimpleGrid, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { JobWithProgress } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { formatCount, formatDuration } from '../format.ts';
import { ActionButton, REASON } from '../parts/action-button.tsx';
import { CopyAs, commandOf, quoted } from '../parts/copy-as.tsx';
import { Explained } from '../parts/explained.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { ProgressBar } from '../parts/progress-bar.tsx';
import { ReadAt } from '../parts/read-at.tsx';
import { Status } from '../parts/status.tsx';
import { Time } from '../parts/time.tsx';
import { daysText, isEnded } from './settlement/job.ts';
import { Settlements } from './settlement/settlements.tsx';

const route = getRouteApi('/settlement/$jobId');

/** A job that settles a range of days: its progress, its file, and what is settled. */
export function SettlementJob() {
  const { jobId } = route.useParams();
  const input = { params: { job_id: jobId } };
  const query = useResource('getJob', input, { every: (job) => (job && isEnded(job.status) ? 30_000 : 1_000) });
  return (
    <Page
      title={query.data ? `Settlement of ${daysText(query.data)}` : jobId}
      aside={query.data && <Status of={query.data.status} />}
      actions={
        <>
          {query.data && <Cancel job={query.data} />}
          <CopyAs command={`settle watch ${jobId}`} operation="getJob" input={input} />
        </>
      }
    >
      <Loaded query={query}>{(job) => <Details job={job} />}</Loaded>
    </Page>
  );
}

function Cancel({ job: { job_id, status } }: { job: JobWithProgress }) {
  if (status !== 'QUEUED' && status !== 'RUNNING') return null;
  return (
    <ActionButton
      label="Cancel"
      scope="settlement:write"
      operation="cancelJob"
      asks={REASON}
      input={(reason) => ({ params: { job_id }, query: { reason } })}
      command={(reason) => `settle cancel ${job_id} --reason ${quoted(reason)}`}
      isFinal
    >
      The job stops within one page of rows, and writes no file. What it has settled until then stays.
    </ActionButton>
  );
}

function Details({ job }: { job: JobWithProgress }) {
  const { cursor } = route.useSearch();
  return (
    <>
      <Panel
        title="Progress"
        aside={
          <Text size="sm">
            {formatCount(job.processed)} of {formatCount(job.total)} chunks
          </Text>
        }
      >
        <ProgressBar label={`${job.processed} of ${job.total} chunks are settled`} percent={job.progress} />
      </Panel>
      <Why job={job} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="File">
          <File job={job} />
        </Panel>
        <Panel title="Times">
          <Times job={job} />
        </Panel>
      </SimpleGrid>
      <Panel title="Days and merchants">
        <Settlements range={job} cursor={cursor} every={60_000} version={versionOf(job)} />
      </Panel>
    </>
  );
}

/** What is settled changes with it. */
const versionOf = ({ status, processed }: JobWithProgress) => `${status} ${processed}`;

function Why({ job }: { job: JobWithProgress }) {
  const { job_id, status } = job;
  const query = useResource(
    'explainJob',
    { params: { job_id } },
    { every: isEnded(status) ? 60_000 : 5_000, version: versionOf(job), keepLast: true },
  );
  return (
    <Loaded query={query}>
      {(explanation) => <Explained explanation={explanation} aside={<ReadAt query={query} />} />}
    </Loaded>
  );
}

function File({ job }: { job: JobWithProgress }) {
  const { job_id: id, download_url, manifest_url, sha256, settlements, error } = job;
  if (download_url === undefined) return <Text>{error ? error.message : 'There is no file yet.'}</Text>;
  return (
    <>
      <Facts>
        <Fact name="Settlements">
          <Anchor href={download_url}>{`${id}.csv`}</Anchor>, {formatCount(settlements ?? 0)} lines
        </Fact>
        <Fact name="Manifest">
          <Anchor href={manifest_url}>{`${id}.manifest.json`}</Anchor>
        </Fact>
        <Fact name="SHA-256">
          <span className="id">{sha256}</span>
        </Fact>
      </Facts>
      <Text size="sm" mt="sm">
        The command checks the SHA-256: <Code>{commandOf(`settle download ${id}`)}</Code>
      </Text>
    </>
  );
}

const Times = ({
  job: { job_id, created_at, started_at, finished_at, cancellation, transactions },
}: {
  job: JobWithProgress;
}) => (
  <Facts>
    <Fact name="Job">
      <span className="id">{job_id}</span>
    </Fact>
    <Fact name="Created">
      <Time at={created_at} />
    </Fact>
    <Fact name="Started">
      <Time at={started_at} />
    </Fact>
    <Fact name="Ended">
      <Time at={finished_at} />
      {started_at && finished_at && ` (after ${formatDuration(Date.parse(finished_at) - Date.parse(started_at))})`}
    </Fact>
    {cancellation && (
      <Fact name="Cancelled">
        <Time at={cancellation.at} />
        {cancellation.reason && `: ${cancellation.reason}`}
      </Fact>
    )}
    <Fact name="Transactions read">{formatCount(transactions)}</Fact>
  </Facts>
);
