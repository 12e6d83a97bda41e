import { Button, FileButton, Group, Text } from '@mantine/core';
import { type DragEvent, useRef, useState } from 'react';
import { formatCount } from '../../format.ts';
import { readTable, type Table, UnreadableFile } from './read-file.ts';

type Props = { readonly table: Table | undefined; readonly onTable: (table: Table | undefined) => void };

/** Takes a file that is dropped or chosen. It is read in the browser. */
export function FileDrop({ table, onTable }: Props) {
  const [problem, setProblem] = useState('');
  const reset = useRef<() => void>(null);
  const [isOver, setOver] = useState(false);
  const take = async (file: File | null | undefined) => {
    if (!file) return;
    reset.current?.(); // the same file can be chosen again once it is corrected
    try {
      setProblem('');
      onTable(await readTable(file));
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      onTable(undefined);
      setProblem(`${file.name} cannot be read. ${error.message}`);
    }
  };
  const over = (next: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(next);
  };
  const drop = (event: DragEvent) => {
    over(false)(event);
    return take(event.dataTransfer.files[0]);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button in it does the same without a mouse
    <div className="drop" data-over={isOver} onDragOver={over(true)} onDragLeave={over(false)} onDrop={drop}>
      <Group gap="sm">
        <FileButton resetRef={reset} onChange={take} accept=".csv,.json,.jsonl,.ndjson,text/csv,application/json">
          {(props) => (
            <Button {...props} variant={table ? 'default' : 'filled'}>
              Choose a file
            </Button>
          )}
        </FileButton>
        <Text size="sm">or drop a CSV or JSON file here. It is read in this browser.</Text>
      </Group>
      <Text size="sm" role="status" mt="xs">
        {table && `${table.name}: ${formatCount(table.rows.length)} rows, ${table.columns.length} columns`}
      </Text>
      {problem && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {problem}
        </Text>
      )}
    </div>
  );
}
