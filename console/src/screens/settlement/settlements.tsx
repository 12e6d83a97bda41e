import { Text } from '@mantine/core';
import type { Settlement } from '../../../../client/index.ts';
import { useResource } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Loaded } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { To } from '../../parts/to.tsx';

const PAGE_SIZE = 100;

export type Range = { readonly from: string; readonly to: string; readonly merchant?: string | undefined };

/** Amounts are in the minor unit of the marketplace: a range has no currency. */
const columnsOf = ({ from, to }: Range): readonly Column<Settlement>[] => [
  { header: 'Day', cell: ({ date }) => <span style={{ whiteSpace: 'nowrap' }}>{date}</span> },
  {
    header: 'Merchant',
    cell: ({ merchant_id: merchant }) => (
      <To path="/settlement/days" search={{ merchant, from, to }} className="id">
        {merchant}
      </To>
    ),
  },
  { header: 'Net, cents', cell: ({ net_cents }) => formatCount(net_cents), isNumber: true },
  { header: 'Gross, cents', cell: ({ gross_cents }) => formatCount(gross_cents), isNumber: true, isWide: true },
  { header: 'Fees, cents', cell: ({ fee_cents }) => formatCount(fee_cents), isNumber: true, isWide: true },
  { header: 'Transactions', cell: ({ txn_count }) => formatCount(txn_count), isNumber: true, isWide: true },
  {
    header: 'Written by',
    cell: ({ unique_run_id: id }) => (
      <To path={`/settlement/${id}`} className="id">
        {id.slice(0, 12)}…
      </To>
    ),
    isWide: true,
  },
];

export const settlementsInput = ({ from, to, merchant }: Range, cursor?: string) => ({
  query: { from, to, limit: PAGE_SIZE, ...(merchant && { merchant_id: merchant }), ...(cursor && { cursor }) },
});

type Props = {
  readonly range: Range;
  readonly cursor: string | undefined;
  /** Milliseconds between two reads. */
  readonly every: number;
  /** Reads again when it changes. */
  readonly version?: string;
};

/** The settlements of a range of days: of one merchant by day, or of all. */
export function Settlements({ range, cursor, ...polling }: Props) {
  const query = useResource('listSettlements', settlementsInput(range, cursor), { ...polling, keepLast: true });
  return (
    <Loaded query={query}>
      {({ settlements, next_cursor }) => (
        <>
          <DataTable
            label="Settlements by day"
            columns={columnsOf(range)}
            rows={settlements}
            keyOf={({ date, merchant_id }) => `${date} ${merchant_id}`}
            empty={<Text>Nothing is settled in this range.</Text>}
          />
          <Pager cursor={cursor} next={next_cursor} />
        </>
      )}
    </Loaded>
  );
}
