import { sortBy } from 'es-toolkit';
import { placeOf, placesUntil } from './open.ts';
import type { WithdrawalDeps } from './ports.ts';

type Deps = Pick<WithdrawalDeps, 'withdrawals'>;

/** The most withdrawals that are read. */
const MOST_COUNTED = 1_000;

/** The oldest withdrawal that is due and that no worker has: its lease has lapsed, or it has none. `since`: ISO 8601 UTC */
export async function oldestDue({ withdrawals }: Deps, now: number) {
  const range = { upTo: placesUntil(now) };
  const parts = await Promise.all((['due', 'in_flight'] as const).map((part) => withdrawals.listOpen(part, 1, range)));
  const first = parts.flatMap(({ open }) => open.slice(0, 1));
  const [oldest] = sortBy(
    first.map((one) => ({ at: placeOf(one).at, id: one.id })),
    ['at'],
  );
  return oldest && { since: `${oldest.at.split('#', 1)[0]}`, id: oldest.id };
}

/** When the oldest withdrawal was made whose outcome is unknown; ISO 8601 UTC. Its look-ups move the time when it is due. */
export async function oldestUnknown({ withdrawals }: Deps): Promise<string | undefined> {
  const { open } = await withdrawals.listOpen('in_flight', MOST_COUNTED);
  return open.flatMap(({ status, createdAt }) => (status === 'UNKNOWN' ? [createdAt] : [])).sort()[0];
}

export async function countDead({ withdrawals }: Deps) {
  const { open, isComplete } = await withdrawals.listOpen('dead', MOST_COUNTED);
  return { count: open.length, isWhole: isComplete };
}
