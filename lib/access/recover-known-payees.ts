import type { Recovery } from '../recovery/index.ts';
import { POLICY_CACHED_MS } from './approval-policy.ts';
import type { Backfill, BackfillDeps } from './approval-ports.ts';
import { makeKnown } from './ask-approval.ts';

/**
 * How long it waits after the first rules, longer than any request takes to store them and any process to notice them: after
 * that, each payment makes its payee known by itself.
 */
const WAIT_MS = 60_000 + POLICY_CACHED_MS;
/** Of rules that an earlier version of the code has stored. */
const LONG_AGO = new Date(0).toISOString();

/**
 * Stores the payees that were paid while there were no rules: such payments do not make their payees known. It reads all
 * payments once, after the first rules were set, and again if rules are set after all had been removed. Until it is done they
 * count as new.
 */
export function recoverKnownPayees(deps: BackfillDeps): Recovery<Backfill> {
  return {
    name: 'known-payees',
    async list() {
      const { rules, heldSince = LONG_AGO } = await deps.policies.read();
      if (rules.length === 0 || deps.now() < Date.parse(heldSince) + WAIT_MS) return [];
      const found = await Promise.all(Object.keys(deps.paid).map((source) => continued(deps, source, heldSince)));
      return found.filter(({ isDone }) => !isDone);
    },
    idOf: ({ source }) => source,
    async recover(begun, count, until) {
      let backfill = begun;
      while (!backfill.isDone && deps.now() < until) {
        const { source, since, cursor } = backfill;
        const { paid = [], next } = (await deps.paid[source]?.page(cursor)) ?? {};
        await makeKnown(deps, paid);
        backfill = { source, since, cursor: next, isDone: next === undefined };
        await deps.backfills.write(backfill);
        count('payments read', paid.length);
      }
    },
  };
}

async function continued({ backfills }: BackfillDeps, source: string, since: string): Promise<Backfill> {
  const stored = await backfills.read(source);
  return stored?.since === since ? stored : { source, since, isDone: false };
}
