import { Text } from '@mantine/core';
import type { JournalEntry } from '../../../client/index.ts';
import { type Column, DataTable } from './data-table.tsx';
import { Fact, Facts } from './facts.tsx';
import { Money } from './money.tsx';
import { nameOf } from './status.tsx';
import { Time } from './time.tsx';

const COLUMNS: readonly Column<JournalEntry>[] = [
  { header: 'Entry', cell: ({ type }) => nameOf(type) },
  {
    header: 'Postings',
    cell: ({ postings }) => (
      <Facts>
        {postings.map(({ account, amount, currency }) => (
          <Fact key={account} name={account}>
            <Money of={{ amount_minor: amount, currency }} />
          </Fact>
        ))}
      </Facts>
    ),
  },
  { header: 'Time', cell: ({ created_at }) => <Time at={created_at} />, isWide: true },
  { header: 'On the statement', cell: ({ seq }) => seq ?? '–', isNumber: true, isWide: true },
];

/** What a payment or a withdrawal has posted to the journal. The amounts of an entry sum to zero. */
export const Entries = ({ entries }: { entries: readonly JournalEntry[] }) => (
  <DataTable
    label="Journal entries, in the order of time"
    columns={COLUMNS}
    rows={entries}
    keyOf={({ entry_id }) => entry_id}
    empty={<Text>It has no journal entries: the caller keeps the books.</Text>}
  />
);
