import { generatedId } from '../kernel/id.ts';

/**
 * - `AWAITING_UPLOAD`: it has no file yet.
 * - `RUNNING`: workers read its file, a window of rows at a time.
 * - `COMPLETED`: every row is stored or reported. `FAILED`: the file is not imported further. Stored transactions are kept.
 */
export const IMPORT_STATUSES = ['AWAITING_UPLOAD', 'RUNNING', 'COMPLETED', 'FAILED'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** Every legal move; the store refuses all others. */
export const IMPORT_TRANSITIONS = {
  AWAITING_UPLOAD: ['RUNNING', 'FAILED'],
  RUNNING: ['COMPLETED', 'FAILED'],
  COMPLETED: [],
  FAILED: [],
} as const satisfies Record<ImportStatus, readonly ImportStatus[]>;

export type ImportId = string & { readonly __brand: 'ImportId' };
export const { from: importId, parse: parseImportId, pattern: IMPORT_ID } = generatedId<ImportId>('imp');
/** An import of payouts is called an upload. */
export const { from: uploadId, parse: parseUploadId, pattern: UPLOAD_ID } = generatedId<ImportId>('upl');

/** What the rows of a file are. The id tells it. */
export type ImportKind = 'transactions' | 'payouts';
export const kindOf = (id: ImportId): ImportKind => (UPLOAD_ID.test(id) ? 'payouts' : 'transactions');
export const anyImportId = (text: string) => parseImportId(text) ?? parseUploadId(text);

export const FORMATS = ['csv', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

/** How far a file was read, and how many rows had each outcome. It includes whole windows only. */
export type Checkpoint = {
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  /** Lines before the offset. */
  readonly line: number;
  /** The columns of a CSV file, as its first line names them. */
  readonly columns?: readonly string[] | undefined;
  readonly rows: number;
  readonly stored: number;
  /** Stored before: by another import, an earlier line of the file, or a window whose worker died. */
  readonly unchanged: number;
  readonly rejected: number;
  /** What the sink keeps beside it. Only the sink reads it. */
  readonly pass?: string | undefined;
};

export const BEGINNING: Checkpoint = { offset: 0, line: 0, rows: 0, stored: 0, unchanged: 0, rejected: 0 };

export type Import = {
  readonly id: ImportId;
  readonly status: ImportStatus;
  readonly format: Format;
  readonly createdAt: string;
  /** Epoch milliseconds of the last checkpoint or the last message from recovery. */
  readonly touchedAt: number;
  /** Set once the file is uploaded. The link stays valid, so a client can replace the file during the import. */
  readonly bytes?: number;
  readonly etag?: string;
  readonly checkpoint: Checkpoint;
  /** The key of the report of all rejected rows, if there are any and the import is finished. */
  readonly report?: string;
  /** The public reason of a failure. */
  readonly failure?: string;
  /** What the sink keeps of the whole import. Only the sink reads it. */
  readonly work?: string;
};

export const uploadKey = (id: ImportId) => `imports/${id}/upload`;
/** The import that the object under this key was uploaded for. */
export function uploadedImport(key: string): ImportId | undefined {
  const [, id = ''] = /^imports\/([^/]+)\/upload$/.exec(key) ?? [];
  return anyImportId(id);
}
export const rejectedPrefix = (id: ImportId) => `imports/${id}/rejected/`;
export const reportKey = (id: ImportId) => `imports/${id}/rejected.csv`;
