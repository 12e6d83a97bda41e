import { requirePrincipal } from '../kernel/principal.ts';
import type { KeySettings } from './key.ts';
import type { AccessDeps } from './ports.ts';

/** What an approver sees of a key, as plain JSON. It has no secret and no hash. */
export const keyText = ({ name, person, scopes, limits, expiresAt }: KeySettings & { readonly person: string }) => ({
  name,
  person,
  scopes,
  limits,
  expires_at: expiresAt ?? null,
});
export type KeyText = ReturnType<typeof keyText>;

/** A change holds only for the version of the key that it was asked for. */
export type AskedKey =
  | { readonly action: 'create'; readonly key: KeyText }
  | { readonly action: 'change'; readonly version: number; readonly before: KeyText; readonly key: KeyText };

/** Whether there is a person besides the caller who can approve. @throws AppError UNAUTHORIZED */
export function hasOtherApprover(deps: Pick<AccessDeps, 'policies' | 'principal' | 'now'>): Promise<boolean> {
  return deps.policies.hasOtherApprover(requirePrincipal(deps).person, deps.now());
}
