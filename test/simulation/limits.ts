import type { Reservation } from '../../lib/access/index.ts';
import type { KeyId, Principal } from '../../lib/kernel/principal.ts';
import { differencesInLimits } from '../../scripts/verify/limits-checks.ts';
import { aPrincipal } from '../support/http.ts';
import type { SimulatedWorld } from './world.ts';

/**
 * The key of the clients of a seed. In half of the seeds it has daily limits.
 * @param least the smallest limit that is drawn @param most the largest
 */
export function clientKey(world: SimulatedWorld, unit: string, least: number, most: number): Principal {
  const chance = world.chanceOf('limits');
  if (chance.isTrue(0.5)) return aPrincipal();
  const limits = { maxPerDay: { [unit]: `${chance.between(least, most)}` } };
  return aPrincipal({ keyId: 'key_0000000000000000000000000000000a' as KeyId, limits });
}

export const isLimited = ({ limits }: Principal) => limits.maxPerDay !== undefined;

/** The counters of limits are the sums of all reservations. @param reservations of every entity */
export async function judgeLimits(world: SimulatedWorld, reservations: readonly Reservation[]): Promise<void> {
  const access = await world.items('ACCESS_TABLE');
  for (const { message } of differencesInLimits(access, reservations)) world.find(message);
}
