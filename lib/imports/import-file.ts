import { stringify } from 'csv-stringify/sync';
import type { ErrorDetail } from '../kernel/errors.ts';
import { differences, readRow, type Transaction } from '../transactions/index.ts';
import { type Checkpoint, type Import, type ImportId, rejectedPrefix, reportKey, uploadKey } from './import.ts';
import { type FileRecord, type ImportDeps, UnreadableFile, WrongRow } from './ports.ts';

/** `continued`: it has gone back to the queue; `overtaken`: somebody else imports it, too, and was faster. */
export type Imported = 'no such import' | 'no upload' | 'finished' | 'continued' | 'overtaken' | 'unreadable';

/**
 * Imports a file from where the last one stopped. Rows are stored a window at a time, then the checkpoint is moved; both
 * may be repeated, so whoever dies, or is doubled, loses nothing.
 */
export async function importFile(deps: ImportDeps, id: ImportId): Promise<Imported> {
  const found = await deps.imports.read(id);
  if (!found) return 'no such import';
  const begun = found.status === 'AWAITING_UPLOAD' ? await begin(deps, found) : found;
  if (!begun) return 'no upload';
  if (begun.status !== 'RUNNING') return 'finished';
  try {
    return await importRest(deps, begun);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    const { checkpoint } = (await deps.imports.read(id)) ?? begun;
    await deps.imports.move(id, 'FAILED', { failure: error.message, ...(await reportOf(deps, id, checkpoint)) });
    return 'unreadable';
  }
}

async function begin(deps: ImportDeps, { id }: Import): Promise<Import | undefined> {
  const file = await deps.files.find(uploadKey(id));
  return file && deps.imports.move(id, 'RUNNING', { ...file, touchedAt: deps.now() });
}

async function importRest(deps: ImportDeps, begun: Import): Promise<Imported> {
  const until = deps.now() + deps.policy.sliceMs;
  const { id } = begun;
  let reached = begun.checkpoint;
  for await (const window of windows(deps, begun)) {
    const after = await importWindow(deps, id, reached, window);
    if (!(await deps.imports.advance(id, reached, after, deps.now()))) return 'overtaken';
    reached = after;
    if (deps.now() > until) {
      await deps.queue.send([{ importId: id }]);
      return 'continued';
    }
  }
  await deps.imports.move(id, 'COMPLETED', await reportOf(deps, id, reached));
  return 'finished';
}

/** The rows from the checkpoint on. Where a window ends follows from where it begins, whoever reads it. */
async function* windows(
  deps: ImportDeps,
  { id, format, bytes = 0, etag = '', checkpoint }: Import,
): AsyncGenerator<FileRecord[]> {
  // From the very end there is nothing to ask for; an empty file still has to be told that it is.
  if (checkpoint.offset >= bytes && bytes > 0) return;
  const content = await deps.files.readFrom(uploadKey(id), checkpoint.offset, etag);
  // The checkpoint means nothing in another file: an id that is cut there is another id.
  if (!content) throw new UnreadableFile('The file was removed, or uploaded again, while it was being imported.');
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
  const { distinct, repeats, rejected } = sorted(window);
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
    ...(last.columns === undefined ? {} : { columns: last.columns }),
    rows: before.rows + window.length,
    stored: before.stored + outcomes.filter((outcome) => outcome === 'stored').length,
    unchanged: before.unchanged + repeats + outcomes.filter((outcome) => outcome === 'unchanged').length,
    rejected: before.rejected + rejected.length,
  };
}

type Row = { readonly line: number; readonly transaction: Transaction };

/** What is to be stored, once each; of two different rows under one id the first counts. */
function sorted(window: readonly FileRecord[]) {
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

/** The report of what was rejected up to here, if anything was. */
async function reportOf({ files }: ImportDeps, id: ImportId, { rejected }: Checkpoint): Promise<{ report?: string }> {
  if (rejected === 0) return {};
  async function* content() {
    yield Buffer.from(REPORT_HEADER);
    for await (const key of files.list(rejectedPrefix(id))) yield await files.read(key);
  }
  await files.write(reportKey(id), content(), 'text/csv');
  return { report: reportKey(id) };
}
