import { stringify } from 'csv-stringify/sync';
import type { ErrorDetail } from '../kernel/errors.ts';
import { differences, readRow, type Transaction } from '../transactions/index.ts';
import { beginImport } from './begin-import.ts';
import { type Checkpoint, type Import, type ImportId, rejectedPrefix, reportKey, uploadKey } from './import.ts';
import { importAdvanced, importCompleted, importFailed } from './import-events.ts';
import { type FileRecord, type ImportDeps, UnreadableFile, WrongRow } from './ports.ts';

/** `continued`: the queue has a message for the rest. `overtaken`: another worker imports the same file and was first. */
export type Imported = 'no such import' | 'no upload' | 'finished' | 'continued' | 'overtaken' | 'unreadable';

/**
 * Imports a file from its checkpoint on. It stores a window of rows, then moves the checkpoint. Both can be repeated, so
 * nothing is lost if a worker dies or if two workers import the same file.
 */
export async function importFile(deps: ImportDeps, id: ImportId): Promise<Imported> {
  const stored = await deps.imports.read(id);
  if (!stored) return 'no such import';
  const running = stored.status === 'AWAITING_UPLOAD' ? await beginImport(deps, id) : stored;
  if (!running) return 'no upload';
  if (running.status !== 'RUNNING') return 'finished';
  try {
    return await importRest(deps, running);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    const last = (await deps.imports.read(id)) ?? running;
    const change = { failure: error.message, ...(await reportOf(deps, id, last.checkpoint)) };
    await deps.imports.move(id, 'FAILED', change, importFailed(deps, last, error.message));
    return 'unreadable';
  }
}

async function importRest(deps: ImportDeps, running: Import): Promise<Imported> {
  const until = deps.now() + deps.policy.sliceMs;
  const { id } = running;
  let checkpoint = running.checkpoint;
  for await (const window of windows(deps, running)) {
    const after = await importWindow(deps, id, checkpoint, window);
    if (!(await deps.imports.advance(id, checkpoint, after, importAdvanced(deps, id, after)))) return 'overtaken';
    checkpoint = after;
    if (deps.now() > until) {
      await deps.queue.send([{ importId: id }]);
      return 'continued';
    }
  }
  const report = await reportOf(deps, id, checkpoint);
  await deps.imports.move(id, 'COMPLETED', report, importCompleted(deps, id, checkpoint));
  return 'finished';
}

/** The rows from the checkpoint on. Windows that begin at the same row are equal for every reader. */
async function* windows(
  deps: ImportDeps,
  { id, format, bytes = 0, etag = '', checkpoint }: Import,
): AsyncGenerator<FileRecord[]> {
  // S3 refuses a range that begins at the end of a file. An empty file is read, so that it is reported as empty.
  if (checkpoint.offset >= bytes && bytes > 0) return;
  const content = await deps.files.readFrom(uploadKey(id), checkpoint.offset, etag);
  // In another file the checkpoint may be in the middle of a row.
  if (!content) throw new UnreadableFile('The file was removed or uploaded again during the import.');
  let window: FileRecord[] = [];
  for await (const record of deps.readRecords(format, content, checkpoint)) {
    window.push(record);
    if (window.length < deps.policy.windowRows) continue;
    yield window;
    window = [];
  }
  if (window.length > 0) yield window;
}

type Rejected = { readonly line: number; readonly id: string; readonly problems: readonly ErrorDetail[] };

async function importWindow(
  deps: ImportDeps,
  importId: ImportId,
  before: Checkpoint,
  window: readonly FileRecord[],
): Promise<Checkpoint> {
  const { distinct, repeats, rejected } = distinctRows(window);
  const rows = [...distinct.values()];
  const outcomes = await deps.transactions.insert(rows.map(({ transaction }) => transaction));
  for (const [index, { line, transaction }] of rows.entries()) {
    const outcome = outcomes[index];
    if (typeof outcome === 'object') rejected.push(changed(line, outcome.known, transaction));
  }
  if (rejected.length > 0) {
    rejected.sort((a, b) => a.line - b.line);
    const first = String(window[0]?.line).padStart(12, '0');
    await deps.files.put(`${rejectedPrefix(importId)}${first}.csv`, reportLines(rejected), 'text/csv');
  }
  const last = window.at(-1) as FileRecord;
  return {
    ...last.next,
    columns: last.columns,
    rows: before.rows + window.length,
    stored: before.stored + outcomes.filter((outcome) => outcome === 'stored').length,
    unchanged: before.unchanged + repeats + outcomes.filter((outcome) => outcome === 'unchanged').length,
    rejected: before.rejected + rejected.length,
  };
}

type Row = { readonly line: number; readonly transaction: Transaction };

/** The rows to store, each once. Of different rows under one id all but the first are rejected. */
function distinctRows(window: readonly FileRecord[]) {
  const distinct = new Map<string, Row>();
  const rejected: Rejected[] = [];
  let repeats = 0;
  for (const { line, row } of window) {
    const transaction = row instanceof WrongRow ? [{ path: '', reason: row.reason }] : readRow(row);
    if (Array.isArray(transaction)) {
      rejected.push({ line, id: idIn(row), problems: transaction });
      continue;
    }
    const first = distinct.get(transaction.id);
    if (first === undefined) distinct.set(transaction.id, { line, transaction });
    else if (differences(first.transaction, transaction).length === 0) repeats += 1;
    else rejected.push(changed(line, first.transaction, transaction));
  }
  return { distinct, repeats, rejected };
}

function changed(line: number, known: Transaction, given: Transaction): Rejected {
  const problems = differences(known, given).map((path) => ({
    path,
    reason: 'differs from the row known under this id',
  }));
  return { line, id: given.id, problems };
}

function idIn(row: unknown): string {
  const { id } = (row ?? {}) as { id?: unknown };
  return typeof id === 'string' ? id.slice(0, 64) : '';
}

const REPORT_HEADER = stringify([['line', 'id', 'path', 'reason']]);

function reportLines(rejected: readonly Rejected[]): string {
  return stringify(
    rejected.flatMap(({ line, id, problems }) => problems.map(({ path, reason }) => [line, id, path, reason])),
    { escape_formulas: true },
  );
}

/** Writes the report of the rows that were rejected up to a checkpoint, if there are any. */
async function reportOf({ files }: ImportDeps, id: ImportId, { rejected }: Checkpoint): Promise<{ report?: string }> {
  if (rejected === 0) return {};
  async function* content() {
    yield Buffer.from(REPORT_HEADER);
    for await (const key of files.list(rejectedPrefix(id))) yield await files.read(key);
  }
  await files.write(reportKey(id), content(), 'text/csv');
  return { report: reportKey(id) };
}
