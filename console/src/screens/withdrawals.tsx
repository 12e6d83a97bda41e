import { Button, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Query, Withdrawal } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { masked } from '../format.ts';
import { CopyAs } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Money } from '../parts/money.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { nameOf, Status } from '../parts/status.tsx';
import { Ago } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';
import { useCan } from '../session.ts';
import { Processor } from './withdrawals/processor.tsx';

const route = getRouteApi('/withdrawals');
const PAGE_SIZE = 50;
const ALL = 'all';

type Part = Query<'listOpenWithdrawals'>['part'];
/** The parts of the index of withdrawals that have not ended. */
const PARTS: Readonly<Record<Part, string>> = {
  dead: 'given up by the queue',
  in_flight: 'in flight or unknown',
  waiting: 'waiting for approval',
  due: 'due',
};
const STATUSES: readonly Withdrawal['status'][] = [
  ...([
    'FAILED',
    'UNKNOWN',
    'RETRYING',
    'PENDING',
    'PROCESSING',
    'AWAITING_APPROVAL',
    'COMPLETED',
    'REJECTED',
  ] as const),
];

const COLUMNS: readonly Column<Withdrawal>[] = [
  {
    header: 'Withdrawal',
    cell: ({ withdrawal_id }) => (
      <To path={`/withdrawals/${withdrawal_id}`} className="id">
        {withdrawal_id}
      </To>
    ),
  },
  { header: 'Status', cell: ({ status }) => <Status of={status} /> },
  {
    header: 'Amount',
    cell: ({ amount, asset }) => <Money of={{ amount_minor: amount, currency: asset }} />,
    isNumber: true,
  },
  { header: 'User', cell: ({ user_id }) => <span className="id">{user_id}</span>, isWide: true },
  {
    header: 'Destination',
    cell: ({ destination_address, network }) => `${masked(destination_address)} on ${network}`,
    isWide: true,
  },
  { header: 'Last change', cell: ({ updated_at }) => <Ago at={updated_at} />, isWide: true },
];

/** What has not ended, by its part, or the withdrawals of one user. */
export function Withdrawals() {
  const { user } = route.useSearch();
  const can = useCan();
  return (
    <Page title="Withdrawals" actions={user ? <CopyUser /> : <CopyOpen />}>
      {can('operations') && <Processor />}
      <Filters key={user} />
      {user ? <OfUser /> : <OpenOnes />}
    </Page>
  );
}

function useOpenInput() {
  const { part, cursor } = route.useSearch();
  const chosen = part !== undefined && part in PARTS ? (part as Part) : 'dead';
  return { query: { part: chosen, limit: PAGE_SIZE, ...(cursor && { cursor }) } };
}

function useUserInput() {
  const { user: user_id = '', status, cursor } = route.useSearch();
  const chosen = STATUSES.find((each) => each === status);
  return { query: { user_id, limit: PAGE_SIZE, ...(chosen && { status: chosen }), ...(cursor && { cursor }) } };
}

function CopyOpen() {
  const input = useOpenInput();
  return (
    <CopyAs command={`withdrawals open --part ${input.query.part}`} operation="listOpenWithdrawals" input={input} />
  );
}

function CopyUser() {
  const input = useUserInput();
  return (
    <CopyAs command={`withdrawals list --user ${input.query.user_id}`} operation="listWithdrawals" input={input} />
  );
}

type Listed = { readonly withdrawals: readonly Withdrawal[]; readonly next_cursor: string | null };

function List({ title, body: { withdrawals, next_cursor } }: { title: string; body: Listed }) {
  const { cursor } = route.useSearch();
  return (
    <Panel title={title}>
      <DataTable
        label="List of withdrawals"
        columns={COLUMNS}
        rows={withdrawals}
        keyOf={({ withdrawal_id }) => withdrawal_id}
        empty={<Text>{next_cursor ? 'There is none on this page.' : 'There is none.'}</Text>}
      />
      <Pager cursor={cursor} next={next_cursor} />
    </Panel>
  );
}

function OpenOnes() {
  const input = useOpenInput();
  const query = useResource('listOpenWithdrawals', input, { every: 5_000, keepLast: true });
  const title = `Of all users, ${PARTS[input.query.part]}`;
  return <Loaded query={query}>{(body) => <List title={title} body={body} />}</Loaded>;
}

function OfUser() {
  const input = useUserInput();
  const query = useResource('listWithdrawals', input, { every: 5_000, keepLast: true });
  return <Loaded query={query}>{(body) => <List title={`Of the user ${input.query.user_id}`} body={body} />}</Loaded>;
}

/** They are in the URL. */
function Filters() {
  const given = route.useSearch();
  const navigate = useNavigate();
  const [user, setUser] = useState(given.user ?? '');
  const show = (search: typeof given) => navigate({ to: '/withdrawals', search });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    return show(user.trim() === '' ? {} : { user: user.trim() });
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="sm">
        <TextInput
          label="User"
          placeholder="All"
          value={user}
          onChange={({ currentTarget }) => setUser(currentTarget.value)}
        />
        <Button type="submit" variant="default">
          Show
        </Button>
        {given.user ? (
          <NativeSelect
            label="Status"
            data={[{ value: ALL, label: 'all' }, ...STATUSES.map((value) => ({ value, label: nameOf(value) }))]}
            value={given.status ?? ALL}
            onChange={({ currentTarget: { value } }) =>
              show({ user: given.user ?? '', ...(value !== ALL && { status: value }) })
            }
          />
        ) : (
          <NativeSelect
            label="Not ended"
            data={Object.entries(PARTS).map(([value, label]) => ({ value, label }))}
            value={given.part ?? 'dead'}
            onChange={({ currentTarget }) => show({ part: currentTarget.value })}
          />
        )}
      </Group>
      <Text size="sm" c="dimmed" mt="xs">
        Withdrawals that have ended, also those that failed, are listed for each user.
      </Text>
    </form>
  );
}
