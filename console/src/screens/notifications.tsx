import { Text } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { AnswerBody } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { CopyAs } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Money } from '../parts/money.tsx';
import { Loaded, Page } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { nameOf, Status } from '../parts/status.tsx';
import { StatusFilter, statusIn } from '../parts/status-filter.tsx';
import { Ago } from '../parts/time.tsx';

type Notification = AnswerBody<'listNotifications'>['notifications'][number];

const route = getRouteApi('/notifications');
const PAGE_SIZE = 50;
const STATUSES: readonly Notification['status'][] = ['dead_letter', 'waiting', 'applied'];

function Redrive({ notification_id, status }: Notification) {
  if (status !== 'dead_letter') return null;
  return (
    <ActionButton
      label="Redrive"
      scope="operations"
      operation="redriveNotification"
      input={() => ({ params: { notification_id } })}
      command={() => `redrive --notification ${notification_id}`}
    >
      The notification is judged again. If it fits its payout now, the payout becomes returned; if not, it stays here.
    </ActionButton>
  );
}

const COLUMNS: readonly Column<Notification>[] = [
  { header: 'Notification', cell: ({ notification_id }) => <span className="id">{notification_id}</span> },
  { header: 'Status', cell: ({ status }) => <Status of={status} /> },
  { header: 'Reason', cell: ({ reason }) => (reason ? nameOf(reason.toLowerCase()) : '–') },
  { header: 'Reference', cell: ({ reference }) => <span className="id">{reference}</span>, isWide: true },
  { header: 'Amount', cell: (notification) => <Money of={notification} />, isNumber: true, isWide: true },
  { header: 'Received', cell: ({ received_at }) => <Ago at={received_at} />, isWide: true },
  { header: 'Action', cell: (notification) => <Redrive {...notification} /> },
];

/** What the bank has said of payouts that it gave back. Those that fit no payout wait for a person. */
export function Notifications() {
  const { cursor, status = 'dead_letter' } = route.useSearch();
  const navigate = useNavigate();
  const chosen = statusIn(STATUSES, status) ?? 'dead_letter';
  const input = { query: { limit: PAGE_SIZE, status: chosen, ...(cursor && { cursor }) } };
  const query = useResource('listNotifications', input, { every: 5_000, keepLast: true });
  return (
    <Page
      title="Notifications of the bank"
      actions={
        <>
          <StatusFilter
            statuses={STATUSES}
            chosen={chosen}
            choose={(next) => navigate({ to: '/notifications', search: { status: next } })}
          />
          <CopyAs command={undefined} operation="listNotifications" input={input} />
        </>
      }
    >
      <Loaded query={query}>
        {({ notifications, next_cursor }) => (
          <>
            <DataTable
              label="Notifications, newest first"
              columns={COLUMNS}
              rows={notifications}
              keyOf={({ notification_id }) => notification_id}
              empty={<Text>There is none.</Text>}
            />
            <Pager cursor={cursor} next={next_cursor} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
