import { setTimeout } from 'node:timers/promises';
import type { Difference } from './difference.ts';

const LOOKS = 4;
const PAUSE_MS = 700;

/**
 * A running system changes while it is read. A difference counts only if every look finds it: the same check of the same
 * id. The messages come from the last look.
 * @param look examines everything the first time, then at least the given ids
 */
export async function lastingDifferences<Found extends Difference>(
  look: (suspects?: ReadonlySet<string>) => Promise<readonly Found[]>,
  pause: () => Promise<unknown> = () => setTimeout(PAUSE_MS),
): Promise<readonly Found[]> {
  const nameOf = ({ check, id }: Difference) => `${check} ${id}`;
  let found = await look();
  for (let looks = 1; looks < LOOKS && found.length > 0; looks += 1) {
    await pause();
    const known = new Set(found.map(nameOf));
    const again = await look(new Set(found.map(({ id }) => id)));
    found = again.filter((difference) => known.has(nameOf(difference)));
  }
  return found;
}
