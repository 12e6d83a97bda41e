import type { TransactionStore } from '../transactions/index.ts';
import type { Checkpoint, Format, Import, ImportId, ImportStatus } from './import.ts';

export type ImportChange = {
  readonly bytes?: number;
  readonly etag?: string;
  readonly report?: string;
  readonly failure?: string;
  readonly touchedAt?: number;
};

export interface ImportStore {
  insert(one: Import): Promise<void>;
  read(id: ImportId): Promise<Import | undefined>;
  /** Makes a legal move. @returns the import after it, or as it is if the move is not legal from there */
  move(id: ImportId, to: ImportStatus, change: ImportChange): Promise<Import>;
  /**
   * Notes how far the file was read, if nobody else has noted anything since `before`: the only fence between two that
   * import the same file at once.
   */
  advance(id: ImportId, before: Checkpoint, after: Checkpoint, now: number): Promise<boolean>;
  /** All that are not finished; may lag behind the last writes. */
  listOpen(): Promise<ImportId[]>;
  touch(id: ImportId, now: number): Promise<void>;
}

export interface ImportFiles {
  /** A link under which whoever has it may put the file, and the time at which it ends. */
  uploadLink(key: string): Promise<string>;
  /** @returns undefined if there is no such object; another one under the same key has another etag */
  find(key: string): Promise<{ bytes: number; etag: string } | undefined>;
  /** @returns undefined unless the object with this etag is still there */
  readFrom(key: string, offset: number, etag: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  read(key: string): Promise<Buffer>;
  put(key: string, content: string, type: string): Promise<void>;
  write(key: string, content: AsyncIterable<Buffer>, type: string): Promise<void>;
  list(prefix: string): AsyncIterable<string>;
  link(key: string, name: string): Promise<string>;
}

/** Reads rows from the middle of a file on. @throws UnreadableFile */
export type ReadRecords = (
  format: Format,
  content: AsyncIterable<Uint8Array>,
  from: Pick<Checkpoint, 'offset' | 'line' | 'columns'>,
) => AsyncIterable<FileRecord>;

/** One row of a file, as yet unchecked, or why it is none. */
export type FileRecord = {
  /** Where it begins, from 1. */
  readonly line: number;
  /** What comes after it. */
  readonly next: { readonly offset: number; readonly line: number };
  readonly columns?: readonly string[];
  readonly row: unknown;
};

/** A row that is none: too few fields, not JSON. */
export class WrongRow {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Its message is for the client. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

export interface ImportQueue {
  send(messages: readonly { readonly importId: ImportId }[], delayMs?: number): Promise<void>;
}

export type ImportPolicy = {
  /** Rows that are stored and noted together: the more, the fuller the segments that merchants' days are packed into. */
  readonly windowRows: number;
  /** After this long an import goes back to the queue, so that no function has to live as long as a file is large. */
  readonly sliceMs: number;
  /** How long an import may go without a sign of life before its message is taken for lost. */
  readonly lostAfterMs: number;
  /** How long a file may take to come. */
  readonly uploadWithinMs: number;
};

export type ImportDeps = {
  readonly imports: ImportStore;
  readonly transactions: TransactionStore;
  readonly files: ImportFiles;
  readonly queue: ImportQueue;
  readonly readRecords: ReadRecords;
  readonly policy: ImportPolicy;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly newId: () => string;
};
