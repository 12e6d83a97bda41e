import type { ApprovalWrite } from '../access/index.ts';
import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { Checkpoint, Format, Import, ImportId, ImportKind, ImportStatus } from './import.ts';

export type ImportChange = Partial<Pick<Import, 'bytes' | 'etag' | 'report' | 'failure' | 'touchedAt' | 'work'>>;

/** What is written together with a change. `isOpen`: recovery continues the import until a change says that it need not. */
export type Along = {
  readonly event?: DomainEvent;
  readonly approval?: ApprovalWrite;
  readonly isOpen: boolean;
};

export interface ImportStore {
  /** With its event, in one transaction; so are `move` and `advance`. */
  insert(one: Import, event: DomainEvent): Promise<void>;
  read(id: ImportId): Promise<Import | undefined>;
  /** Moves an import to another status. @returns the import after the move, or the unchanged import if the move is not legal */
  move(id: ImportId, to: ImportStatus, change: ImportChange, along: Along & { event: DomainEvent }): Promise<Import>;
  /**
   * Changes the work of the sink, if status and `work` are the same as in `before`.
   * @returns false if they are not: nothing was written
   */
  changeWork(before: Import, change: ImportChange, along: Along): Promise<boolean>;
  /**
   * Stores the checkpoint `after` if the stored one is still `before`. This is the only fence between workers that import
   * the same file.
   */
  advance(id: ImportId, before: Checkpoint, after: Checkpoint, event: DomainEvent): Promise<boolean>;
  /** All imports that are open. The list may lag behind the last writes. */
  listOpen(): Promise<ImportId[]>;
  touch(id: ImportId, now: number): Promise<void>;
}

export interface ImportFiles {
  /** A link that allows an upload of the object without credentials. */
  uploadLink(key: string): Promise<string>;
  /** @returns undefined if there is no such object; an object that replaces it has another etag */
  find(key: string): Promise<{ bytes: number; etag: string } | undefined>;
  /** @returns undefined if the object with this etag was removed or replaced */
  readFrom(key: string, offset: number, etag: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  read(key: string): Promise<Buffer>;
  put(key: string, content: string, type: string): Promise<void>;
  write(key: string, content: AsyncIterable<Buffer>, type: string): Promise<void>;
  /** In order. @param after only keys after this one */
  list(prefix: string, after?: string): AsyncIterable<string>;
  link(key: string, name: string): Promise<string>;
  removeAll(prefix: string): Promise<void>;
}

/** The columns of a CSV file, and how long a record of any file may be. */
export type RowShape = {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
  /** Columns whose text is a number. */
  readonly numbers: readonly string[];
  /** Columns whose text is a list, separated by `;` or spaces. */
  readonly lists?: readonly string[];
  /** Columns that are not read. */
  readonly ignored?: readonly string[];
  /** No valid record is longer. A longer one has lost a quote or a line end. */
  readonly maxRecordBytes: number;
};

/** Reads the rows after a checkpoint. @throws UnreadableFile */
export type ReadRecords = (
  format: Format,
  content: AsyncIterable<Uint8Array>,
  from: Pick<Checkpoint, 'offset' | 'line' | 'columns'>,
  shape: RowShape,
) => AsyncIterable<FileRecord>;

/** One row of a file, unchecked, or a WrongRow. */
export type FileRecord = {
  /** The line on which it begins; counts from 1. */
  readonly line: number;
  /** The place after it. */
  readonly next: { readonly offset: number; readonly line: number };
  readonly columns?: readonly string[];
  readonly row: unknown;
};

/** A record that is no row, such as one with too few fields. */
export class WrongRow {
  readonly reason: string;
  /** Its fields, or its text. */
  readonly given: readonly string[] | string;

  constructor(reason: string, given: readonly string[] | string) {
    this.reason = reason;
    this.given = given;
  }
}

/** The file is not imported further. Its message is public. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/** What is done with the rows of a file. Each step can be repeated, also while another worker does it. */
export interface ImportSink {
  readonly shape: RowShape;
  /** Rows per checkpoint. */
  readonly windowRows: number;
  readonly maxBytes: number;
  /** Names the pass over the file, if there are several. */
  readonly passName?: (checkpoint: Checkpoint) => string;
  /** @returns the checkpoint after the window @throws UnreadableFile */
  takeWindow(one: Import, before: Checkpoint, window: readonly FileRecord[]): Promise<Checkpoint>;
  /** After the last window. @returns a checkpoint from which the file is read again, or the end @throws UnreadableFile */
  endPass(one: Import, checkpoint: Checkpoint): Promise<Checkpoint | 'done'>;
  /** Where the rejected rows are, if there are any. */
  reportOf(one: Import, checkpoint: Checkpoint): Promise<{ report?: string }>;
  /** What remains to be done after the import is COMPLETED or FAILED. */
  readonly afterwards?: (one: Import) => Promise<'finished' | 'continued'>;
}

export interface ImportQueue {
  send(messages: readonly { readonly importId: ImportId }[], delayMs?: number): Promise<void>;
}

export type ImportPolicy = {
  /** The most that an upload of payouts may have. */
  readonly most: { readonly rows: number; readonly bytes: number };
  /** Rows per checkpoint: the more rows, the fewer segments per merchant and day. */
  readonly windowRows: number;
  /** With so many bytes a window has all its rows: it is in memory, several times its size. */
  readonly windowBytes: number;
  /** After this time an import continues with another message: Lambda limits the time of an invocation. */
  readonly sliceMs: number;
  /** How long an import may make no progress before recovery considers its message lost. */
  readonly lostAfterMs: number;
  /** How long the link for the upload is valid. */
  readonly uploadWithinMs: number;
};

/** What the begin and the end of an import need. */
export type BeginDeps = EventDeps & {
  readonly imports: ImportStore;
  readonly files: ImportFiles;
  readonly queue: ImportQueue;
  readonly policy: ImportPolicy;
  readonly newId: () => string;
};

export type ImportDeps = BeginDeps & {
  /** Made for each import, with the dependencies that it is imported with. */
  readonly sinks: Readonly<Record<ImportKind, (deps: BeginDeps) => ImportSink>>;
  readonly readRecords: ReadRecords;
};
