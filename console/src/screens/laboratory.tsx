import { Alert, Grid, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { OpenBatch } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { LABORATORY, type LaboratoryProcess, type LaboratoryState, laboratory } from '../laboratory.ts';
import { BATCH_COLUMN } from '../parts/batch-columns.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Status } from '../parts/status.tsx';
import { StatusBar, StatusLegend } from '../parts/status-bar.tsx';
import { Ago } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';
import { useCan } from '../session.ts';
import { LaboratoryAction, Shell } from './laboratory/action.tsx';
import { BankForm } from './laboratory/bank.tsx';
import { Invariants } from './laboratory/invariants.tsx';

const EVERY_MS = 2_000;

/** Breaks things on this machine, with the invariants beside it. */
export function Laboratory() {
  const can = useCan();
  if (!LABORATORY) return <Page title="There is no laboratory">Only npm start has one, on its own machine.</Page>;
  return (
    <Page title="Laboratory">
      <Text maw="46rem">
        Make the mock bank misbehave, kill the functions or everything, and see that no payout is lost or paid twice.
        Only a service on this machine has this screen.
      </Text>
      <Grid>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="md">
            <Controls />
            {can('payouts:read') && <UnderWay />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Invariants />
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function Controls() {
  const query = useQuery({
    queryKey: ['laboratory', 'state'],
    queryFn: laboratory.state,
    refetchInterval: EVERY_MS,
  });
  return (
    <>
      {query.isError && (
        <Alert color="orange" variant="outline" title="The supervisor does not answer" role="alert">
          Nothing is lost. To go on, type: <Shell>npm start</Shell>
        </Alert>
      )}
      <Loaded query={query}>
        {(state) => (
          <>
            <Panel title="Mock bank">
              {state.bank ? <BankForm bank={state.bank} /> : <Text>The bank does not answer.</Text>}
            </Panel>
            <Panel title="Processes" aside={<Actions {...state} />}>
              <DataTable
                label="List of processes"
                columns={COLUMNS}
                rows={state.processes}
                keyOf={({ name }) => name}
                empty={<Text>There is none.</Text>}
              />
              {state.restarting && <Status of="restarting" />}
            </Panel>
          </>
        )}
      </Loaded>
    </>
  );
}

const COLUMNS: readonly Column<LaboratoryProcess>[] = [
  { header: 'Process', cell: ({ name }) => name },
  { header: 'Process id', cell: ({ pid }) => pid, isNumber: true },
  { header: 'Started', cell: ({ started_at }) => <Ago at={started_at} />, isNumber: true, isWide: true },
  { header: 'Restarts', cell: ({ restarts }) => restarts, isNumber: true },
];

const Actions = ({ restarting }: LaboratoryState) => (
  <Group gap="xs">
    <LaboratoryAction
      label="Restart the functions"
      command="lab restart"
      act={laboratory.restart}
      isDisabled={restarting}
    >
      Ends the process of the functions and the API with SIGKILL, in the middle of what they do, and starts another one.
      The bank, the database and the queues go on. The API does not answer for some seconds.
    </LaboratoryAction>
    <LaboratoryAction label="Kill everything" command="lab kill" act={laboratory.killAll} isFinal>
      Ends all processes with SIGKILL. Work in progress stays where it is. To go on, type <code>npm start</code> in the
      terminal: this page continues by itself.
    </LaboratoryAction>
  </Group>
);

const BATCH_COLUMNS: readonly Column<OpenBatch>[] = [
  BATCH_COLUMN,
  {
    header: 'Payouts',
    cell: ({ batch_id, counts, total_count }) => (
      <>
        <StatusBar counts={counts} total={total_count} isSmall />
        <StatusLegend batchId={batch_id} counts={counts} total={total_count} />
      </>
    ),
  },
];

/** Read from the API: so the page notices its absence. */
function UnderWay() {
  const query = useResource('getOverview', {}, { every: EVERY_MS });
  return (
    <Panel title="Batches under way">
      <Loaded query={query}>
        {({ open_batches }) => (
          <DataTable
            label="Open batches"
            columns={BATCH_COLUMNS}
            rows={open_batches}
            keyOf={({ batch_id }) => batch_id}
            empty={
              <Text>
                Nothing moves.{' '}
                <To path="/batches/new" style={{ textDecoration: 'underline' }}>
                  New batch
                </To>
                , or in a terminal: <code>npm run seed -- --submit</code>
              </Text>
            }
          />
        )}
      </Loaded>
    </Panel>
  );
}
