import { Text } from '@mantine/core';
import type { Approval, AskedPayment } from '../../../../client/index.ts';
import { type Amount, formatCount } from '../../format.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Money, Sums } from '../../parts/money.tsx';
import { Panel } from '../../parts/page.tsx';

type Asked = Approval['asked'];

export const totalsOf = ({ totals_minor }: Asked): Amount[] =>
  Object.entries(totals_minor)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([currency, amount_minor]) => ({ currency, amount_minor }));

export const AskedTotals = ({ of }: { of: Asked }) => <Sums of={totalsOf(of)} />;

const COLUMNS: readonly Column<AskedPayment>[] = [
  {
    header: 'Payee',
    cell: ({ name, payee }) => (
      <>
        {name} {payee !== name && <span className="id">{payee}</span>}
      </>
    ),
  },
  { header: 'Account', cell: ({ account }) => <span className="account">{account}</span> },
  { header: 'Amount', cell: (payment) => <Money of={payment} />, isNumber: true },
];

const List = ({ label, payments }: { label: string; payments: readonly AskedPayment[] }) => (
  <DataTable
    label={label}
    columns={COLUMNS}
    rows={payments.map((payment, position) => ({ ...payment, position }))}
    keyOf={({ position }) => `${position}`}
    empty={<Text>There is none.</Text>}
  />
);

/** Of the payments of a batch or a withdrawal: the largest, and those to payees and accounts that were never paid. */
export function AskedPayments({ asked }: { asked: Asked }) {
  return (
    <>
      <Panel title="Largest" aside={<Text size="sm">of {formatCount(asked.payment_count)}</Text>}>
        <List label="Largest payments" payments={asked.largest} />
      </Panel>
      <Panel
        title="Never paid before"
        aside={
          <Text size="sm">
            {formatCount(asked.new_count)} of {formatCount(asked.payment_count)}
            {asked.new_count > asked.new.length && `, the first ${formatCount(asked.new.length)} are shown`}
          </Text>
        }
      >
        {asked.new_count === 0 ? (
          <Text>Every payee and every account was paid before.</Text>
        ) : (
          <List label="Payments to payees or accounts that were never paid" payments={asked.new} />
        )}
      </Panel>
    </>
  );
}
