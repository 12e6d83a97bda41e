import { Alert, Code, List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { formatCount, formatDuration } from '../../format.ts';
import { type LaboratoryCheck, type LaboratoryVerify, laboratory } from '../../laboratory.ts';
import { commandOf } from '../../parts/copy-as.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Loaded, Panel } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import { Ago } from '../../parts/time.tsx';

const RESULTS = { ok: 'holds', fail: 'violated', skip: 'not_checked' } as const;

const COLUMNS: readonly Column<LaboratoryCheck>[] = [
  { header: 'Result', cell: ({ result }) => <Status of={RESULTS[result]} /> },
  { header: 'Invariant', cell: (check) => <Invariant {...check} /> },
  { header: 'Since', cell: ({ since }) => <Ago at={since} />, isNumber: true, isWide: true },
];

const Invariant = ({ domain, name, description, violations, violation_count: count }: LaboratoryCheck) => (
  <>
    <strong>
      {domain} {name}:
    </strong>{' '}
    {description}
    {count > 0 && (
      <List size="sm" c="var(--bad)" mt="xs">
        {violations.map((violation) => (
          <List.Item key={violation} style={{ overflowWrap: 'anywhere' }}>
            {violation}
          </List.Item>
        ))}
        {count > violations.length && <List.Item>and {formatCount(count - violations.length)} more</List.Item>}
      </List>
    )}
  </>
);

/** What must hold at any time, whatever was killed: `npm run verify`, again and again while the page is visible. */
export function Invariants() {
  const query = useQuery({
    queryKey: ['laboratory', 'verify'],
    queryFn: laboratory.verify,
    refetchInterval: ({ state }) => (state.data?.running ? 1_000 : 3_000),
  });
  return (
    <Panel title="Invariants" aside={<Code>{commandOf('verify')}</Code>}>
      <Loaded query={query}>{(verify) => <Results {...verify} />}</Loaded>
    </Panel>
  );
}

function Results({ checks, domains, ended_at, duration_ms, error, running }: LaboratoryVerify) {
  const failed = checks.filter(({ result }) => result === 'fail');
  const unread = domains.filter((each) => each.error !== undefined);
  return (
    <>
      {(error !== null || unread.length > 0) && (
        <Alert color="orange" variant="outline" mb="sm" title="Not everything could be checked">
          {error ?? unread.map(({ domain, error }) => `${domain}: ${error}`).join(' ')}
        </Alert>
      )}
      <Text mb="sm" role="status">
        {ended_at === null && 'The first run is under way.'}
        {ended_at !== null && (
          <>
            <Text span fw={700} c={failed.length > 0 ? 'var(--bad)' : undefined}>
              {summaryOf(checks.length, failed.length)}
            </Text>{' '}
            Checked <Ago at={ended_at} />, in {formatDuration(duration_ms ?? 0)}
            {running && '; checking again'}.
          </>
        )}
      </Text>
      {checks.length > 0 && (
        <DataTable
          label="List of invariants, violated ones first"
          columns={COLUMNS}
          rows={[...failed, ...checks.filter(({ result }) => result !== 'fail')]}
          keyOf={({ domain, name }) => `${domain} ${name}`}
          empty={null}
        />
      )}
    </>
  );
}

const summaryOf = (checks: number, failed: number): string =>
  failed > 0
    ? `${failed} of ${checks} invariants ${failed === 1 ? 'is' : 'are'} violated.`
    : `All ${checks} invariants hold.`;
