import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { TransactionStore } from '../transactions/index.ts';
import type { Checkpoint, Format, Import, ImportId, ImportStatus } from './import.ts';

export type ImportChange = Partial<Pick<Import, 'bytes' | 'etag' | 'report' | 'failure' | 'touchedAt'>>;

export interface ImportStore {
  /** With its event, in one transaction; so are `move` and `advance`. */
  insert(one: Import, event: DomainEvent): Promise<void>;
  read(id: ImportId): Promise<Import | undefined>;
  /** Moves an import to another status. @returns the import after the move, or the unchanged import if the move is not legal */
  move(id: ImportId, to: ImportStatus, change: ImportChange, event: DomainEvent): Promise<Import>;
  /**
   * Stores the checkpoint `after` if the stored one is still `before`. This is the only fence between workers that import
   * the same file.
   */
  advance(id: ImportId, before: Checkpoint, after: Checkpoint, event: DomainEvent): Promise<boolean>;
  /** All imports that are not finished. The list may lag behind the last writes. */
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
  list(prefix: string): AsyncIterable<string>;
  link(key: string, name: string): Promise<string>;
}

/** Reads the rows after a checkpoint. @throws UnreadableFile */
export type ReadRecords = (
  format: Format,
  content: AsyncIterable<Uint8Array>,
  from: Pick<Checkpoint, 'offset' | 'line' | 'columns'>,
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

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Its message is public. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

export interface ImportQueue {
  send(messages: readonly { readonly importId: ImportId }[], delayMs?: number): Promise<void>;
}

export type ImportPolicy = {
  /** Rows per checkpoint: the more rows, the fewer segments per merchant and day. */
  readonly windowRows: number;
  /** After this time an import continues with another message: Lambda limits the time of an invocation. */
  readonly sliceMs: number;
  /** How long an import may make no progress before recovery considers its message lost. */
  readonly lostAfterMs: number;
  /** How long the link for the upload is valid. */
  readonly uploadWithinMs: number;
};

export type ImportDeps = EventDeps & {
  readonly imports: ImportStore;
  readonly transactions: TransactionStore;
  readonly files: ImportFiles;
  readonly queue: ImportQueue;
  readonly readRecords: ReadRecords;
  readonly policy: ImportPolicy;
  readonly newId: () => string;
};
