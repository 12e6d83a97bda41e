import { Text } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { Approval } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { CopyAs } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Loaded, Page } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { Status } from '../parts/status.tsx';
import { StatusFilter, statusIn } from '../parts/status-filter.tsx';
import { Ago } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';
import { AskedTotals } from './approval/asked.tsx';
import { titleOf } from './approval/title.ts';

const route = getRouteApi('/approvals');
const PAGE_SIZE = 50;
const STATUSES: readonly Approval['status'][] = ['waiting', 'approved', 'rejected', 'lapsed', 'cancelled'];

export const approvalsSoFar = ({ decisions }: Approval) =>
  decisions.filter(({ decision }) => decision === 'approve').length;

const COLUMNS: readonly Column<Approval>[] = [
  {
    header: 'Asked for',
    cell: (approval) => <To path={`/approvals/${approval.approval_id}`}>{titleOf(approval)}</To>,
  },
  { header: 'Status', cell: ({ status }) => <Status of={status} /> },
  { header: 'Amount', cell: ({ asked }) => <AskedTotals of={asked} />, isNumber: true },
  { header: 'By', cell: ({ maker }) => maker.person, isWide: true },
  {
    header: 'Approved by',
    cell: (approval) => `${approvalsSoFar(approval)} of ${approval.approvers_needed}`,
    isWide: true,
  },
  {
    header: 'Lapses',
    cell: ({ status, lapses_at }) => (status === 'waiting' ? <Ago at={lapses_at} /> : '–'),
    isWide: true,
  },
];

/** What waits for another person, or was decided. */
export function Approvals() {
  const { cursor, status = 'waiting' } = route.useSearch();
  const navigate = useNavigate();
  const chosen = statusIn(STATUSES, status);
  const input = { query: { limit: PAGE_SIZE, ...(chosen && { status: chosen }), ...(cursor && { cursor }) } };
  const query = useResource('listApprovals', input, { every: 5_000, keepLast: true });
  return (
    <Page
      title="Approvals"
      actions={
        <>
          <StatusFilter
            statuses={STATUSES}
            chosen={chosen}
            choose={(next) => navigate({ to: '/approvals', search: { status: next } })}
          />
          <CopyAs
            command={`approvals list${chosen ? ` --status ${chosen}` : ''}`}
            operation="listApprovals"
            input={input}
          />
        </>
      }
    >
      <Loaded query={query}>
        {({ approvals, next_cursor }) => (
          <>
            <DataTable
              label="Approvals, newest first"
              columns={COLUMNS}
              rows={approvals}
              keyOf={({ approval_id }) => approval_id}
              empty={
                <Text>
                  {chosen === 'waiting' ? 'Nothing waits for a decision.' : 'There is none.'}
                  {next_cursor ? ' There may be some on the next page.' : ''}
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
