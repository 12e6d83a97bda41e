import { Button, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { WalletTransaction } from '../../../../client/index.ts';
import { useResource } from '../../api.ts';
import { CopyAs } from '../../parts/copy-as.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { asUtc, localTime } from '../../parts/local-time.ts';
import { Money } from '../../parts/money.tsx';
import { Loaded, Panel } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { nameOf } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { To } from '../../parts/to.tsx';

const route = getRouteApi('/wallets/$userId');
const PAGE_SIZE = 50;
const ALL = 'all';
const TYPES: readonly WalletTransaction['type'][] = ['DEPOSIT', 'PAYMENT', 'REFUND', 'HOLD', 'RELEASE'];

const COLUMNS: readonly Column<WalletTransaction>[] = [
  { header: 'No.', cell: ({ seq }) => seq, isNumber: true, isWide: true },
  { header: 'Time', cell: ({ created_at }) => <Time at={created_at} /> },
  { header: 'Type', cell: ({ type }) => nameOf(type) },
  {
    header: 'Amount',
    cell: ({ amount, currency }) => <Money of={{ amount_minor: amount, currency }} />,
    isNumber: true,
  },
  {
    header: 'Balance after',
    cell: ({ balance_after, currency }) => <Money of={{ amount_minor: balance_after, currency }} />,
    isNumber: true,
    isWide: true,
  },
  { header: 'For', cell: (line) => <About line={line} />, isWide: true },
];

function About({ line: { payment_id, withdrawal_id, counter_account } }: { line: WalletTransaction }) {
  const path = payment_id ? `/payments/${payment_id}` : withdrawal_id && `/withdrawals/${withdrawal_id}`;
  if (!path) return <span className="id">{counter_account}</span>;
  return (
    <To path={path} className="id">
      {payment_id ?? withdrawal_id}
    </To>
  );
}

/** The entries of a wallet, newest first. */
export function Statement({ userId }: { userId: string }) {
  const { type, from, to, cursor } = route.useSearch();
  const chosen = TYPES.find((each) => each === type);
  const filters = { ...(chosen && { type: chosen }), ...(from && { from }), ...(to && { to }) };
  const input = {
    params: { user_id: userId },
    query: { limit: PAGE_SIZE, ...filters, ...(cursor && { cursor }) },
  };
  const query = useResource('listTransactions', input, { every: 3_000, keepLast: true });
  return (
    <Panel
      title="Statement"
      aside={<CopyAs command={`wallets statement ${userId}`} operation="listTransactions" input={input} />}
    >
      <Filters key={`${type} ${from} ${to}`} />
      <Loaded query={query}>
        {({ transactions, next_cursor }) => (
          <>
            <DataTable
              label="Entries, newest first"
              columns={COLUMNS}
              rows={transactions}
              keyOf={({ transaction_id }) => transaction_id}
              empty={<Text>{next_cursor ? 'There is none on this page.' : 'There is none.'}</Text>}
            />
            <Pager cursor={cursor} next={next_cursor} />
          </>
        )}
      </Loaded>
    </Panel>
  );
}

/** They are in the URL. */
function Filters() {
  const { userId } = route.useParams();
  const { as_of: asOf, type, ...given } = route.useSearch();
  const navigate = useNavigate();
  const [from, setFrom] = useState(localTime(given.from));
  const [to, setTo] = useState(localTime(given.to));
  const show = (ofType: string) => {
    const search = {
      as_of: asOf,
      type: ofType === ALL ? undefined : ofType,
      from: asUtc(from) || undefined,
      to: asUtc(to) || undefined,
    };
    return navigate({
      to: '/wallets/$userId',
      params: { userId },
      search: JSON.parse(JSON.stringify(search)),
      resetScroll: false,
    });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    return show(type ?? ALL);
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="sm" mb="sm">
        <NativeSelect
          label="Type"
          size="xs"
          data={[{ value: ALL, label: 'all' }, ...TYPES.map((value) => ({ value, label: nameOf(value) }))]}
          value={type ?? ALL}
          onChange={({ currentTarget }) => show(currentTarget.value)}
        />
        <TextInput
          label="From"
          size="xs"
          type="datetime-local"
          value={from}
          onChange={({ currentTarget }) => setFrom(currentTarget.value)}
        />
        <TextInput
          label="To"
          size="xs"
          type="datetime-local"
          value={to}
          onChange={({ currentTarget }) => setTo(currentTarget.value)}
        />
        <Button type="submit" size="xs" variant="default">
          Show
        </Button>
      </Group>
    </form>
  );
}
