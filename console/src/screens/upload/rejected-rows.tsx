import { Button, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import Papa from 'papaparse';
import type { Upload } from '../../../../client/index.ts';
import { api } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { Loaded, Panel } from '../../parts/page.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { useCan } from '../../session.ts';

type Row = { readonly line: string; readonly reasons: string };
const SHOWN = 100;

const rowsIn = (csv: string): Row[] => Papa.parse<Row>(csv, { header: true, skipEmptyLines: true }).data;

const COLUMNS: readonly Column<Row>[] = [
  { header: 'Line', cell: ({ line }) => line, isNumber: true },
  { header: 'Reasons', cell: ({ reasons }) => reasons },
];

/** All pages of the report, as one file. */
async function readAll(id: string): Promise<string> {
  const parts: string[] = [];
  for (let line = 0; ; ) {
    const csv = await api.uploads.rejectedCsv(id, line);
    const last = rowsIn(csv).at(-1);
    if (!last) return parts.join('');
    parts.push(line === 0 ? csv : csv.slice(csv.indexOf('\n') + 1));
    line = Number(last.line);
  }
}

/** Rows that are not paid, each with its reasons. They have accounts that are not masked, so the scope of sending is needed. */
export function RejectedRows({ upload: { upload_id: id, rejected } }: { upload: Upload }) {
  const canWrite = useCan()('payouts:write');
  const query = useQuery({
    queryKey: ['rejectedRows', id],
    queryFn: async ({ signal }) => rowsIn(await api.uploads.rejectedCsv(id, 0, { signal })).slice(0, SHOWN),
    enabled: canWrite,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const save = useMutation({
    mutationFn: () => readAll(id),
    onSuccess: (csv) => saveFile(`${id}-rejected.csv`, csv),
  });
  if (!canWrite) return null;
  return (
    <Panel
      title="Rejected rows"
      aside={
        <Button size="xs" variant="default" onClick={() => save.mutate()} loading={save.isPending}>
          Save all {formatCount(rejected)}
        </Button>
      }
    >
      {save.error && <ErrorPanel error={save.error} />}
      <Text size="sm" mb="sm">
        The saved file has the rows as they were sent. Correct them, and upload it.
      </Text>
      <Loaded query={query}>
        {(rows) => (
          <DataTable
            label="Rows that are not paid"
            columns={COLUMNS}
            rows={rows}
            keyOf={({ line }) => line}
            empty={<Text>The rows are deleted after 30 days.</Text>}
          />
        )}
      </Loaded>
    </Panel>
  );
}
