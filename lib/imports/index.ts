/** What uploads of payouts use of imports. */

export { createImport, existing, startImport, uploadIdOf } from './begin-import.ts';
export { failImport } from './fail-import.ts';
export {
  BEGINNING,
  type Checkpoint,
  FORMATS,
  type Import,
  type ImportId,
  UPLOAD_ID,
  uploadKey,
} from './import.ts';
export { importCompleted } from './import-events.ts';
export {
  type BeginDeps,
  type FileRecord,
  type ImportSink,
  type RowShape,
  UnreadableFile,
  WrongRow,
} from './ports.ts';
export { joined } from './rejected-rows.ts';
