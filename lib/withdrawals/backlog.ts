import { placeOf, placesUntil } from './open.ts';
import type { WithdrawalDeps } from './ports.ts';

type Deps = Pick<WithdrawalDeps, 'withdrawals'>;

/** The most withdrawals that are read. */
const MOST_COUNTED = 1_000;

/** Since when the oldest withdrawal is due that no worker has: its lease has lapsed, or it has none. */
export async function oldestDue({ withdrawals }: Deps, now: number): Promise<string | undefined> {
  const range = { upTo: placesUntil(now) };
  const parts = await Promise.all((['due', 'in_flight'] as const).map((part) => withdrawals.listOpen(part, 1, range)));
  const [oldest] = parts.flatMap(({ open }) => open.slice(0, 1).map((one) => placeOf(one).at)).sort();
  return oldest?.split('#', 1)[0];
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
