import { stringify } from 'csv-stringify/sync';
import type { ErrorDetail } from '../kernel/errors.ts';
import { type Checkpoint, type ImportId, rejectedPrefix, reportKey } from './import.ts';
import type { FileRecord, ImportFiles } from './ports.ts';

/** A row that is not stored. `id`: what the row names itself. */
export type Rejected = { readonly line: number; readonly id: string; readonly problems: readonly ErrorDetail[] };

const HEADER = stringify([['line', 'id', 'path', 'reason']]);

/** Stores the rejected rows of a window. Repeatable. */
export async function keepRejected(
  files: ImportFiles,
  id: ImportId,
  window: readonly FileRecord[],
  rejected: readonly Rejected[],
): Promise<void> {
  if (rejected.length === 0) return;
  const sorted = rejected.toSorted((a, b) => a.line - b.line);
  const first = String(window[0]?.line).padStart(12, '0');
  await files.put(`${rejectedPrefix(id)}${first}.csv`, linesOf(sorted), 'text/csv');
}

function linesOf(rejected: readonly Rejected[]): string {
  return stringify(
    rejected.flatMap(({ line, id, problems }) => problems.map(({ path, reason }) => [line, id, path, reason])),
    { escape_formulas: true },
  );
}

/** Writes the report of the rows that were rejected up to a checkpoint, if there are any. */
export async function reportOf(
  files: ImportFiles,
  id: ImportId,
  { rejected }: Checkpoint,
): Promise<{ report?: string }> {
  if (rejected === 0) return {};
  await files.write(reportKey(id), joined(files, HEADER, rejectedPrefix(id)), 'text/csv');
  return { report: reportKey(id) };
}

/** The parts of a file, in the order of their keys. */
export async function* joined(files: ImportFiles, header: string, prefix: string): AsyncGenerator<Buffer> {
  yield Buffer.from(header);
  for await (const key of files.list(prefix)) yield await files.read(key);
}
