import type { PositionStore, Recovered, Recovery } from '../../lib/recovery/index.ts';
import { runRecovery } from '../../lib/recovery/index.ts';

/** Positions in memory, which survive from run to run. */
export function memoryPositions(): PositionStore {
  const begun = new Map<string, string>();
  return {
    read: async (recovery) => begun.get(recovery),
    write: async (recovery, id) => void begun.set(recovery, id),
  };
}

/** Recovers everything that is open, without a time limit. */
export function recoverAll<Deps extends { readonly now: () => number }, Item>(
  recovery: (deps: Deps) => Recovery<Item>,
  deps: Deps,
): Promise<Recovered> {
  return runRecovery(deps, recovery(deps), Number.POSITIVE_INFINITY);
}
