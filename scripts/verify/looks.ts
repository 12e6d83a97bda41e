import { setTimeout } from 'node:timers/promises';
import type { Difference } from './difference.ts';

/** What changes in the middle of one look has come to rest at the next. */
const LOOKS = 4;
const PAUSE_MS = 700;

/**
 * A system that is alive changes while it is read: what differs counts only if it does so at every look, the same check of
 * the same thing. Told is what the last look has found.
 * @param look at all there is the first time, then at least at the things that it is given
 */
export async function whatStays<Found extends Difference>(
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
