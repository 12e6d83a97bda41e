import { existing } from './begin-import.ts';
import { type Import, type ImportId, kindOf } from './import.ts';
import { importFailed } from './import-events.ts';
import type { BeginDeps, ImportChange } from './ports.ts';

type FailDeps = Pick<BeginDeps, 'imports' | 'now' | 'requestId' | 'principal'>;

/**
 * Its stored transactions are kept; its payouts are never sent.
 * @param failure public
 * @returns the import after it, unchanged if it is finished
 */
export async function failImport(
  deps: FailDeps,
  id: ImportId,
  failure: string,
  change: ImportChange = {},
): Promise<Import> {
  const one = await existing(deps, id);
  const isOpen = kindOf(id) === 'payouts'; // its batches have to be ended
  return deps.imports.move(id, 'FAILED', { ...change, failure }, { event: importFailed(deps, one, failure), isOpen });
}
