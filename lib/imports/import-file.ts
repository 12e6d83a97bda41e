import { AppError } from '../kernel/errors.ts';
import { beginImport } from './begin-import.ts';
import { failImport } from './fail-import.ts';
import { type Checkpoint, type Import, type ImportId, kindOf, uploadKey } from './import.ts';
import { importAdvanced } from './import-events.ts';
import { type FileRecord, type ImportDeps, type ImportSink, UnreadableFile } from './ports.ts';

/** `continued`: the queue has a message for the rest. `overtaken`: another worker imports the same file and was first. */
export type Imported = 'no such import' | 'no upload' | 'finished' | 'continued' | 'overtaken' | 'unreadable';

/**
 * Imports a file from its checkpoint on. The sink takes a window of rows, then the checkpoint moves. Both can be repeated, so
 * nothing is lost if a worker dies or if two workers import the same file.
 */
export async function importFile(deps: ImportDeps, id: ImportId): Promise<Imported> {
  const stored = await deps.imports.read(id);
  if (!stored) return 'no such import';
  const running = stored.status === 'AWAITING_UPLOAD' ? await beginImport(deps, id) : stored;
  if (!running) return 'no upload';
  const sink = deps.sinks[kindOf(id)](deps);
  if (running.status !== 'RUNNING') return (await sink.afterwards?.(running)) ?? 'finished';
  try {
    const imported = await importRest(deps, sink, running);
    if (imported !== 'finished' || !sink.afterwards) return imported;
    return await sink.afterwards((await deps.imports.read(id)) ?? running);
  } catch (error) {
    if (error instanceof AppError && error.code === 'REQUEST_IN_PROGRESS') {
      await deps.queue.send([{ importId: id }], 1_000 * (error.retryAfter ?? 1));
      return 'continued';
    }
    if (!(error instanceof UnreadableFile)) throw error;
    const { checkpoint } = (await deps.imports.read(id)) ?? running;
    const failed = await failImport(deps, id, error.message, await sink.reportOf(running, checkpoint));
    await sink.afterwards?.(failed);
    return 'unreadable';
  }
}

async function importRest(deps: ImportDeps, sink: ImportSink, running: Import): Promise<Imported> {
  const until = deps.now() + deps.policy.sliceMs;
  const { id, bytes = 0 } = running;
  if (bytes > sink.maxBytes)
    throw new UnreadableFile(`The file has ${bytes} bytes, at most ${sink.maxBytes} are allowed.`);
  let { checkpoint } = running;
  const advance = (after: Checkpoint) =>
    deps.imports.advance(id, checkpoint, after, importAdvanced(deps, id, after, sink.passName?.(after)));
  for (;;) {
    for await (const window of windows(deps, sink, { ...running, checkpoint })) {
      const after = await sink.takeWindow(running, checkpoint, window);
      if (!(await advance(after))) return 'overtaken';
      checkpoint = after;
      if (deps.now() > until) {
        await deps.queue.send([{ importId: id }]);
        return 'continued';
      }
    }
    const next = await sink.endPass(running, checkpoint);
    if (next === 'done') return 'finished';
    if (!(await advance(next))) return 'overtaken';
    checkpoint = next;
  }
}

/** The rows from the checkpoint on. Windows that begin at the same row are equal for every reader. */
async function* windows(
  deps: ImportDeps,
  { shape, windowRows }: ImportSink,
  { id, format, bytes = 0, etag = '', checkpoint }: Import,
): AsyncGenerator<FileRecord[]> {
  // S3 refuses a range that begins at the end of a file. An empty file is read, so that it is reported as empty.
  if (checkpoint.offset >= bytes && bytes > 0) return;
  const content = await deps.files.readFrom(uploadKey(id), checkpoint.offset, etag);
  // In another file the checkpoint may be in the middle of a row.
  if (!content) throw new UnreadableFile('The file was removed or uploaded again during the import.');
  let window: FileRecord[] = [];
  let from = checkpoint.offset;
  for await (const record of deps.readRecords(format, content, checkpoint, shape)) {
    window.push(record);
    if (window.length < windowRows && record.next.offset - from < deps.policy.windowBytes) continue;
    yield window;
    window = [];
    from = record.next.offset;
  }
  if (window.length > 0) yield window;
}
