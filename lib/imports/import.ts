import { generatedId } from '../kernel/id.ts';

/**
 * - `AWAITING_UPLOAD`: its file has not come yet.
 * - `RUNNING`: its file is read, a window of rows at a time.
 * - `COMPLETED`: every row of it is stored or reported. `FAILED`: it cannot be read on; what was stored stays.
 */
export const IMPORT_STATUSES = ['AWAITING_UPLOAD', 'RUNNING', 'COMPLETED', 'FAILED'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** Every legal move; the store refuses any other. */
export const IMPORT_TRANSITIONS = {
  AWAITING_UPLOAD: ['RUNNING', 'FAILED'],
  RUNNING: ['COMPLETED', 'FAILED'],
  COMPLETED: [],
  FAILED: [],
} as const satisfies Record<ImportStatus, readonly ImportStatus[]>;

export type ImportId = string & { readonly __brand: 'ImportId' };
export const { from: importId, parse: parseImportId, pattern: IMPORT_ID } = generatedId<ImportId>('imp');

export const FORMATS = ['csv', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

/** How far a file was read, and what became of its rows: all of a window's rows, or none of them, are in it. */
export type Checkpoint = {
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  /** Lines before the offset. */
  readonly line: number;
  /** Of a CSV: its columns, as its first line names them. */
  readonly columns?: readonly string[];
  readonly rows: number;
  readonly stored: number;
  /** Known already: from another import, a repeat in the file, or a window that was begun and not finished. */
  readonly unchanged: number;
  readonly rejected: number;
};

export const BEGINNING: Checkpoint = { offset: 0, line: 0, rows: 0, stored: 0, unchanged: 0, rejected: 0 };

export type Import = {
  readonly id: ImportId;
  readonly status: ImportStatus;
  readonly format: Format;
  readonly createdAt: string;
  /** Epoch milliseconds of the last checkpoint, or of the last time that it was dispatched. */
  readonly touchedAt: number;
  /** Both known once the file is there. The link works for longer, so it may be uploaded again in the middle. */
  readonly bytes?: number;
  readonly etag?: string;
  readonly checkpoint: Checkpoint;
  /** The report of all rejected rows, once the import is completed. */
  readonly report?: string;
  /** The public reason of a failure. */
  readonly failure?: string;
};

export const uploadKey = (id: ImportId) => `imports/${id}/upload`;
/** The import that the object under this key was uploaded for. */
export function uploadedImport(key: string): ImportId | undefined {
  const [, id = ''] = /^imports\/([^/]+)\/upload$/.exec(key) ?? [];
  return parseImportId(id);
}
export const rejectedPrefix = (id: ImportId) => `imports/${id}/rejected/`;
export const reportKey = (id: ImportId) => `imports/${id}/rejected.csv`;
