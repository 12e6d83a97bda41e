import { existing } from './begin-import.ts';
import type { Import, ImportId } from './import.ts';
import { importFailed } from './import-events.ts';
import type { ImportDeps } from './ports.ts';

/** Its stored rows are kept. @param failure public @returns the import after it, unchanged if it is finished */
export async function failImport(deps: ImportDeps, id: ImportId, failure: string): Promise<Import> {
  const one = await existing(deps, id);
  return deps.imports.move(id, 'FAILED', { failure }, importFailed(deps, one, failure));
}
