import { Button, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useMemo, useState } from 'react';
import type { BatchDryRun, BatchRequest, CreatedBatch } from '../../../client/index.ts';
import { api } from '../api.ts';
import { formatCount } from '../format.ts';
import { ErrorPanel } from '../parts/error-panel.tsx';
import { notify } from '../parts/notices.tsx';
import { Page, Panel } from '../parts/page.tsx';
import { useCan } from '../session.ts';
import { DryRun } from './new-batch/dry-run.tsx';
import { guessKind, guessMapping, type Kind, type Mapping } from './new-batch/fields.ts';
import { FileDrop } from './new-batch/file-drop.tsx';
import { MappingFields } from './new-batch/mapping.tsx';
import { OptionFields } from './new-batch/options.tsx';
import type { Table } from './new-batch/read-file.ts';
import { isTooLarge, type Options, requestOf, usualOptions } from './new-batch/request.ts';
import { Upload } from './new-batch/upload.tsx';

/** From a file to a batch: columns, options, dry run, submission. */
export function NewBatch() {
  const [table, setTable] = useState<Table>();
  const canWrite = useCan()('payouts:write');
  return (
    <Page title="New batch">
      {canWrite ? (
        <>
          <FileDrop table={table} onTable={setTable} />
          {table && <Form key={`${table.name} ${table.columns}`} table={table} />}
        </>
      ) : (
        <Text>Your key lacks the scope payouts:write.</Text>
      )}
    </Page>
  );
}

/** Of one file. */
function useRequest(table: Table) {
  const [kind, setKind] = useState<Kind>(() => guessKind(table.columns));
  const [mapping, setMapping] = useState<Mapping>(() => guessMapping(kind, table.columns));
  const [options, setOptions] = useState<Options>(() => usualOptions(table, kind));
  const request = useMemo(() => requestOf({ table, kind, mapping, options }), [table, kind, mapping, options]);
  const changeKind = (next: Kind) => {
    setKind(next);
    setMapping(guessMapping(next, table.columns));
    setOptions({ ...options, duplicates: usualOptions(table, next).duplicates });
  };
  return { kind, mapping, options, request, changeKind, setMapping, setOptions };
}

function Form({ table }: { table: Table }) {
  const { kind, mapping, options, request, changeKind, setMapping, setOptions } = useRequest(table);
  const tooLarge = useMemo(() => isTooLarge(request), [request]);
  const dryRun = useMutation({
    mutationFn: (body: BatchRequest): Promise<BatchDryRun> => api.batches.dryRun(body, { attempts: 4 }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    dryRun.mutate(request);
  };
  const answer = dryRun.variables === request ? dryRun.data : undefined;
  return (
    <form onSubmit={submit} style={{ display: 'contents' }}>
      <Panel title="Columns">
        <MappingFields table={table} kind={kind} mapping={mapping} onKind={changeKind} onMapping={setMapping} />
      </Panel>
      <Panel title="Options">
        <OptionFields kind={kind} options={options} isUpload={tooLarge} onChange={setOptions} />
      </Panel>
      {tooLarge ? (
        <Upload table={table} kind={kind} mapping={mapping} options={options} />
      ) : (
        <Group>
          <Button type="submit" variant={answer ? 'default' : 'filled'} loading={dryRun.isPending}>
            Dry run
          </Button>
          <Text size="sm">It shows what the batch would do. Nothing is stored.</Text>
        </Group>
      )}
      {dryRun.error && dryRun.variables === request && <ErrorPanel error={dryRun.error} />}
      {answer && <DryRun answer={answer} />}
      {answer && !answer.error && <Create request={request} answer={answer} />}
    </form>
  );
}

function Create({ request, answer }: { request: BatchRequest; answer: BatchDryRun }) {
  const navigate = useNavigate();
  const { mutate, error, isPending } = useMutation({
    // The batch id is the idempotency key, so a repeated request creates nothing more.
    mutationFn: (): Promise<CreatedBatch> => api.batches.create(request, { attempts: 4 }),
    onSuccess: ({ batch_id }) => {
      notify(`Created: ${batch_id}`);
      return navigate({ to: '/batches/$batchId', params: { batchId: batch_id } });
    },
  });
  return (
    <>
      {error && <ErrorPanel error={error} />}
      <Group>
        <Button onClick={() => mutate()} loading={isPending}>
          Create the batch of {formatCount(answer.total_count)} payouts
        </Button>
        {answer.approval && <Text size="sm">It waits for another person before anything is sent.</Text>}
      </Group>
    </>
  );
}
