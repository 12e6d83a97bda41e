import type { Payout } from '../../../client/index.ts';
import type { Column } from './data-table.tsx';
import { Money } from './money.tsx';
import { Status } from './status.tsx';
import { Time } from './time.tsx';
import { To } from './to.tsx';

export const PAYOUT_COLUMN: Column<Payout> = {
  header: 'Payout',
  cell: ({ payout_id }) => (
    <To path={`/payouts/${payout_id}`} className="id">
      {payout_id}
    </To>
  ),
};
export const PAYEE_COLUMN: Column<Payout> = {
  header: 'Payee',
  cell: ({ payee }) => payee.name ?? payee.id,
  isWide: true,
};
export const AMOUNT_COLUMN: Column<Payout> = {
  header: 'Amount',
  cell: (payout) => <Money of={payout} />,
  // Amounts of different currencies have no order.
  sortBy: ({ currency, amount_minor }) => `${currency} ${String(amount_minor).padStart(20, '0')}`,
  isNumber: true,
};
const ANSWER_COLUMN: Column<Payout> = {
  header: 'Last answer',
  cell: ({ failure, returned }) => returned?.code ?? failure?.code ?? '–',
  isWide: true,
};

/** Of lists of payouts. Sorting is of the loaded page. */
export const PAYOUT_COLUMNS: readonly Column<Payout>[] = [
  PAYOUT_COLUMN,
  { header: 'Status', cell: ({ status }) => <Status of={status} />, sortBy: ({ status }) => status },
  PAYEE_COLUMN,
  AMOUNT_COLUMN,
  {
    header: 'Attempts',
    cell: ({ attempts }) => attempts,
    sortBy: ({ attempts }) => attempts,
    isNumber: true,
    isWide: true,
  },
  ANSWER_COLUMN,
  {
    header: 'Last change',
    cell: ({ updated_at }) => <Time at={updated_at} />,
    sortBy: (payout) => payout.updated_at,
    isWide: true,
  },
];
