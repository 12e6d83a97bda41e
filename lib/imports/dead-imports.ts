import type { DeadLetterDeps } from '../recovery/index.ts';
import type { ImportId } from './import.ts';
import type { ImportDeps } from './ports.ts';

const failure = 'Importing failed again and again. What was stored stays; upload the file again to go on.';

/** Fails the imports of a dead-lettered message. */
export function deadImports({ imports, now }: ImportDeps): DeadLetterDeps<{ readonly importIds: readonly ImportId[] }> {
  return {
    now,
    async markDead({ importIds }) {
      const statuses = [];
      for (const id of importIds) statuses.push((await imports.move(id, 'FAILED', { failure })).status);
      return { import_ids: importIds, statuses };
    },
  };
}
