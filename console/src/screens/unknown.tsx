import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Payout } from '../../../client/index.ts';
import { api, useResource } from '../api.ts';
import { type Amount, formatCount } from '../format.ts';
import { CopyAs } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { LookUp } from '../parts/look-up.tsx';
import { Sums } from '../parts/money.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { AMOUNT_COLUMN, PAYEE_COLUMN, PAYOUT_COLUMN } from '../parts/payout-columns.tsx';
import { nameOf } from '../parts/status.tsx';
import { Ago } from '../parts/time.tsx';

const PAGE_SIZE = 500;
/** More are counted as "more than". */
const MOST = 5_000;

const COLUMNS: readonly Column<Payout>[] = [
  PAYOUT_COLUMN,
  {
    header: 'Unknown since',
    cell: ({ unknown_since, updated_at }) => <Ago at={unknown_since ?? updated_at} />,
    sortBy: ({ unknown_since, updated_at }) => unknown_since ?? updated_at,
  },
  AMOUNT_COLUMN,
  PAYEE_COLUMN,
  { header: 'Last answer', cell: (payout) => <LastAnswer {...payout} />, isWide: true },
  { header: 'Last asked', cell: ({ updated_at }) => <Ago at={updated_at} />, isWide: true },
  { header: 'Next look-up', cell: (payout) => <NextLookUp {...payout} /> },
  { header: 'Action', cell: (payout) => <LookUpIfLater {...payout} /> },
];

/** Read for the rows in view only. */
const useExplanation = ({ payout_id }: Payout) =>
  useResource('explainPayout', { params: { payout_id } }, { every: 30_000, keepLast: true }).data;

function LastAnswer(payout: Payout) {
  const last = useExplanation(payout)?.calls.at(-1);
  return last ? (last.code ?? nameOf(last.answer)) : '–';
}

/** Offered where it has an effect. */
function LookUpIfLater(payout: Payout) {
  const isOffered = useExplanation(payout)?.actions.some(({ action }) => action === 'lookUpPayout');
  return isOffered ? <LookUp {...payout} /> : null;
}

function NextLookUp(payout: Payout) {
  const at = useExplanation(payout)?.next?.at;
  return at ? <Ago at={at} /> : '–';
}

type Read = { readonly payouts: readonly Payout[]; readonly isAll: boolean };

async function readUnknown(signal: AbortSignal): Promise<Read> {
  const payouts: Payout[] = [];
  for await (const page of api.batches.findPayouts({ status: 'unknown', limit: PAGE_SIZE }, { signal }).pages()) {
    payouts.push(...page.payouts);
    if (payouts.length >= MOST) return { payouts, isAll: page.next_cursor === null };
  }
  return { payouts, isAll: true };
}

/** Sums per currency, exact. */
function sumsOf(payouts: readonly Payout[]): Amount[] {
  const sums = new Map<string, Amount>();
  for (const { amount_minor, currency } of payouts) {
    const before = sums.get(currency) ?? { amount_minor: 0n, currency };
    sums.set(currency, {
      currency,
      amount_minor: BigInt(before.amount_minor) + BigInt(amount_minor),
    });
  }
  return [...sums.values()].sort((a, b) => a.currency.localeCompare(b.currency));
}

/** Payouts whose outcome is not known. Only the rail knows it, so nothing here declares one. */
export function Unknown() {
  const query = useQuery({
    queryKey: ['unknown'],
    queryFn: ({ signal }) => readUnknown(signal),
    refetchInterval: 5_000,
  });
  return (
    <Page
      title="Unknown"
      actions={
        <CopyAs
          command="payouts find --status unknown"
          operation="findPayouts"
          input={{ query: { status: 'unknown' } }}
        />
      }
    >
      <Text maw="46rem">
        The rail did not answer for these payouts. The service looks each up with growing pauses until the rail says
        what happened. Nothing is sent again before that.
      </Text>
      <Loaded query={query}>
        {({ payouts, isAll }) => (
          <>
            {payouts.length > 0 && (
              <Panel title="In total">
                <Facts>
                  <Fact name="Payouts">
                    {isAll ? '' : 'more than '}
                    {formatCount(payouts.length)}
                  </Fact>
                  <Fact name="Amount">
                    <Sums of={sumsOf(payouts)} />
                  </Fact>
                  <Fact name="Unknown for the longest time">
                    {payouts[0] && <Ago at={payouts[0].unknown_since ?? payouts[0].updated_at} />}
                  </Fact>
                </Facts>
              </Panel>
            )}
            <DataTable
              label="Unknown payouts"
              columns={COLUMNS}
              rows={payouts}
              keyOf={({ payout_id }) => payout_id}
              empty={<Text>The outcome of every payout is known.</Text>}
              isLong
            />
          </>
        )}
      </Loaded>
    </Page>
  );
}
