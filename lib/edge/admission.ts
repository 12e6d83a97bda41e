import { AsyncLocalStorage } from 'node:async_hooks';
import type { Principal } from '../kernel/principal.ts';
import { currentPrincipal } from './context.ts';

/** Counts a request of a key. @throws AppError RATE_LIMITED it makes more requests than it may */
export type Admit = (principal: Principal) => Promise<void>;

const admissions = new AsyncLocalStorage<Admit>();

/** Handles a request. `admit` counts it after the scope of its key was checked. */
export function admittedBy<Answer>(admit: Admit, handle: () => Answer): Answer {
  return admissions.run(admit, handle);
}

/** Public routes have no key, and no limit of requests. @throws AppError RATE_LIMITED */
export async function requireAdmission(): Promise<void> {
  const principal = currentPrincipal();
  if (principal) await admissions.getStore()?.(principal);
}
