import { Button, Text } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Job } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { formatCount } from '../format.ts';
import { CopyAs } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { FormButton } from '../parts/form-button.tsx';
import { Loaded, Page } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { Status } from '../parts/status.tsx';
import { Ago } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';
import { isEnded } from './settlement/job.ts';

const route = getRouteApi('/settlement');
const PAGE_SIZE = 25;

const Day = ({ of }: { of: string }) => <span className="whole">{of}</span>;

const DaysOf = ({ job: { job_id, from, to } }: { job: Job }) => (
  <To path={`/settlement/${job_id}`}>
    <Day of={from} />
    {from !== to && (
      <>
        {' to '}
        <Day of={to} />
      </>
    )}
  </To>
);

const COLUMNS: readonly Column<Job>[] = [
  { header: 'Days', cell: (job) => <DaysOf job={job} /> },
  { header: 'Status', cell: ({ status }) => <Status of={status} /> },
  { header: 'Progress', cell: (job) => <Progress {...job} />, isNumber: true },
  {
    header: 'Settlements',
    cell: ({ settlements }) => (settlements === undefined ? '–' : formatCount(settlements)),
    isNumber: true,
    isWide: true,
  },
  { header: 'Created', cell: ({ created_at }) => <Ago at={created_at} />, isWide: true },
  { header: 'Job', cell: ({ job_id }) => <span className="id">{job_id}</span>, isWide: true },
];

/** Of a job that has not ended: the list does not have it. */
function Progress({ job_id, status }: Job) {
  const hasEnded = isEnded(status);
  const { data } = useResource('getJob', { params: { job_id } }, { every: 2_000, enabled: !hasEnded });
  if (hasEnded) return <>{status === 'COMPLETED' ? '100 %' : '–'}</>;
  return <>{data ? `${data.progress} %` : '–'}</>;
}

/** The jobs that settle ranges of days. */
export function Settlement() {
  const { cursor } = route.useSearch();
  const input = { query: { limit: PAGE_SIZE, ...(cursor && { cursor }) } };
  const query = useResource('listJobs', input, { every: 5_000, keepLast: true });
  return (
    <Page
      title="Settlement"
      actions={
        <>
          <Settle />
          <Button size="xs" variant="default" component={Link} to="/settlement/days">
            Merchants and days
          </Button>
          <CopyAs command="settle list" operation="listJobs" input={input} />
        </>
      }
    >
      <Loaded query={query}>
        {({ jobs, next_cursor }) => (
          <>
            <DataTable
              label="Jobs, newest first"
              columns={COLUMNS}
              rows={jobs}
              keyOf={({ job_id }) => job_id}
              empty={<Text>Nothing was settled yet. A rule settles yesterday every day at 01:00 UTC.</Text>}
            />
            <Pager cursor={cursor} next={next_cursor} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

const Settle = () => (
  <FormButton
    label="Settle"
    scope="settlement:write"
    operation="createJob"
    fields={[
      { name: 'from', label: 'First day, in UTC', type: 'date' },
      { name: 'to', label: 'Last day, in UTC', description: 'At most 92 days in all', type: 'date' },
    ]}
    input={({ from = '', to = '' }) => ({ body: { from, to } })}
    command={({ from, to }) => `settle run --from ${from} --to ${to}`}
    shows={({ job_id }) => (
      <Text>
        The job is stored: <To path={`/settlement/${job_id}`}>watch it</To>.
      </Text>
    )}
    isPrimary
  >
    Sums the paid transactions of each merchant and each day, and writes one file. Settlements of these days that
    earlier jobs have written are replaced.
  </FormButton>
);
