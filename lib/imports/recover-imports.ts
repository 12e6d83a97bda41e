import type { Recovery } from '../recovery/index.ts';
import { failImport } from './fail-import.ts';
import { type ImportId, kindOf, uploadKey } from './import.ts';
import type { ImportDeps } from './ports.ts';

/** Sends the messages of open imports that may be lost, and fails imports whose file was not uploaded in time. */
export function recoverImports(deps: ImportDeps): Recovery<ImportId> {
  return {
    name: 'imports',
    list: () => deps.imports.listOpen(),
    idOf: (id) => id,
    async recover(id, count) {
      const [one, now] = [await deps.imports.read(id), deps.now()];
      if (!one) return;
      if (one.status === 'AWAITING_UPLOAD') {
        if ((await deps.files.find(uploadKey(id))) === undefined) {
          if (now < Date.parse(one.createdAt) + 2 * deps.policy.uploadWithinMs) return;
          await failImport(deps, id, 'No file was uploaded before the link expired.');
          return count('expired');
        }
      } else if (one.status !== 'RUNNING' && kindOf(id) === 'transactions') {
        return; // the list lags
      }
      // A new upload was not dispatched before, so it need not wait.
      const isTouched = one.status !== 'AWAITING_UPLOAD' || one.touchedAt > Date.parse(one.createdAt);
      if (isTouched && now < one.touchedAt + deps.policy.lostAfterMs) return;
      await deps.queue.send([{ importId: id }]);
      await deps.imports.touch(id, now);
      count('dispatched');
    },
  };
}
