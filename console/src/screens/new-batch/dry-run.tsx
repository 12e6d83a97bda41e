import { Text } from '@mantine/core';
import type { BatchDryRun, ErrorDetail } from '../../../../client/index.ts';
import { formatCount } from '../../format.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Fact, Facts } from '../../parts/facts.tsx';
import { Money, Sums } from '../../parts/money.tsx';
import { Panel } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import { To } from '../../parts/to.tsx';

/** The row of the file, counted from 1 without the heading, and its field. Undefined: it is about the whole request. */
function placeOf({ path }: ErrorDetail): { row: number | undefined; field: string } {
  const [, index, field] = /^(?:payouts|items)\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  return index === undefined ? { row: undefined, field: path } : { row: Number(index) + 1, field: field ?? '' };
}

const PROBLEM_COLUMNS: readonly Column<ErrorDetail & { readonly position: number }>[] = [
  {
    header: 'Row',
    cell: (problem) => placeOf(problem).row ?? '–',
    sortBy: (problem) => placeOf(problem).row ?? 0,
    isNumber: true,
  },
  { header: 'Field', cell: (problem) => placeOf(problem).field, sortBy: (problem) => placeOf(problem).field },
  { header: 'Reason', cell: ({ reason }) => reason, sortBy: ({ reason }) => reason },
];

const Problems = ({ label, problems }: { label: string; problems: readonly ErrorDetail[] }) => (
  <DataTable
    label={label}
    columns={PROBLEM_COLUMNS}
    rows={problems.map((problem, position) => ({ ...problem, position }))}
    keyOf={({ position }) => `${position}`}
    empty={<Text>There is none.</Text>}
    isLong={problems.length > 50}
  />
);

type Duplicate = BatchDryRun['duplicates'][number];
const DUPLICATE_COLUMNS: readonly Column<Duplicate>[] = [
  { header: 'Row', cell: ({ position }) => position, isNumber: true },
  { header: 'Id', cell: ({ key }) => <span className="id">{key.value}</span> },
  { header: 'Amount', cell: (duplicate) => <Money of={duplicate} />, isNumber: true },
  {
    header: 'Held by',
    cell: ({ holder }) => (
      <To path={`/payouts/${holder.payout_id}`} className="id">
        {holder.payout_id}
      </To>
    ),
  },
  { header: 'Its status', cell: ({ holder }) => holder.status && <Status of={holder.status} />, isWide: true },
];

/** What the request would do now. */
export function DryRun({ answer }: { answer: BatchDryRun }) {
  const { problems, problems_omitted: omitted, invalid, duplicates } = answer;
  return (
    <>
      <Summary answer={answer} />
      {problems.length > 0 && (
        <Panel title="Why it is refused" aside={omitted > 0 && <Text size="sm">{formatCount(omitted)} more</Text>}>
          <Problems label="Reasons to refuse the request" problems={problems} />
        </Panel>
      )}
      {invalid.length > 0 && (
        <Panel title="Rejected rows" aside={<Text size="sm">{formatCount(answer.invalid_count)} rows</Text>}>
          <Problems label="Rows that are not paid" problems={invalid} />
        </Panel>
      )}
      {duplicates.length > 0 && (
        <Panel title="Duplicates" aside={<Text size="sm">{formatCount(answer.duplicates_count)} rows</Text>}>
          <DataTable
            label="Rows whose id another payout has"
            columns={DUPLICATE_COLUMNS}
            rows={duplicates}
            keyOf={({ position }) => `${position}`}
            empty={null}
          />
        </Panel>
      )}
    </>
  );
}

function Summary({ answer }: { answer: BatchDryRun }) {
  const { existing, error, limits } = answer;
  return (
    <Panel title="Dry run" aside={<Status of={error ? 'refused' : 'accepted'} />}>
      <Facts>
        {error && (
          <Fact name="Refused">
            <strong>{error.code}</strong>: {error.message}
          </Fact>
        )}
        {existing && (
          <Fact name="Same id">
            <To path={`/batches/${existing.batch_id}`} className="id">
              {existing.batch_id}
            </To>{' '}
            has {existing.same_content ? 'the same content. It is not created again.' : 'other content.'}
          </Fact>
        )}
        {answer.valid && <Sizes answer={answer} />}
        {limits.map(({ currency, left, asked, exceeded }) => (
          <Fact key={currency} name={`Limit of today in ${currency}`}>
            <Money of={{ currency, amount_minor: asked }} /> asked, <Money of={{ currency, amount_minor: left }} /> left
            {exceeded && <strong> (exceeded)</strong>}
          </Fact>
        ))}
      </Facts>
    </Panel>
  );
}

/** Unknown while a field of the request is invalid. */
function Sizes({
  answer: { total_count, totals, invalid_count, duplicates_count, approval },
}: {
  answer: BatchDryRun;
}) {
  return (
    <>
      <Fact name="Payouts">{formatCount(total_count)}</Fact>
      <Fact name="Amount">
        <strong>
          <Sums of={totals} />
        </strong>
      </Fact>
      <Fact name="Rejected rows">{formatCount(invalid_count)}</Fact>
      <Fact name="Duplicates">{formatCount(duplicates_count)}</Fact>
      <Fact name="Approval">
        {approval
          ? `${approval.approvers} other ${approval.approvers === 1 ? 'person' : 'persons'} within ${approval.lapses_after_hours} h`
          : 'not needed'}
      </Fact>
    </>
  );
}
