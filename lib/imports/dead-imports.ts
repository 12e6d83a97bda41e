import type { DeadLetterDeps } from '../recovery/index.ts';
import { failImport } from './fail-import.ts';
import type { ImportId } from './import.ts';
import type { ImportDeps } from './ports.ts';

const failure = 'The import failed repeatedly. The stored rows are kept; upload the file again to continue.';

/** Fails the imports of a dead-lettered message. */
export function deadImports(deps: ImportDeps): DeadLetterDeps<{ readonly importIds: readonly ImportId[] }> {
  return {
    now: deps.now,
    async markDead({ importIds }) {
      const statuses = [];
      for (const id of importIds) statuses.push((await failImport(deps, id, failure)).status);
      return { import_ids: importIds, statuses };
    },
  };
}
