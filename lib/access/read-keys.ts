import { dayOf } from '../kernel/day.ts';
import type { Unit } from '../kernel/money.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import { type KeyId, requirePrincipal } from '../kernel/principal.ts';
import { readKey } from './change-key.ts';
import type { ApiKey } from './key.ts';
import type { AccessDeps } from './ports.ts';

export type KeyWithUse = { readonly key: ApiKey; readonly usedAt?: string | undefined };

/** Newest first. */
export async function listKeys({ keys }: AccessDeps, page: PageRequest): Promise<Page<KeyWithUse>> {
  const { items, cursor } = await keys.list(page);
  const uses = await keys.lastUses(items.map(({ id }) => id));
  return { items: items.map((key) => ({ key, usedAt: uses.get(key.id) })), cursor };
}

/** @throws AppError NOT_FOUND */
export async function readKeyWithUse({ keys }: AccessDeps, id: string): Promise<KeyWithUse> {
  const key = await readKey({ keys }, id);
  const uses = await keys.lastUses([key.id]);
  return { key, usedAt: uses.get(key.id) };
}

/** `usedToday`: of each daily limit, in minor units. */
export type OwnKey = KeyWithUse & { readonly usedToday: ReadonlyMap<string, bigint> };

/** The key of the current request. @throws AppError UNAUTHORIZED there is none */
export async function readOwnKey(deps: AccessDeps): Promise<OwnKey> {
  const own = await readKeyWithUse(deps, ownKeyId(deps));
  const limited = Object.keys(own.key.limits.maxPerDay ?? {});
  if (limited.length === 0) return { ...own, usedToday: new Map() };
  const used = await deps.limits.usedOn(own.key.id, dayOf(deps.now()));
  return { ...own, usedToday: new Map(limited.map((unit) => [unit, used.get(unit as Unit) ?? 0n])) };
}

/** The key of the current request. @throws AppError UNAUTHORIZED there is none */
export const ownKeyId = (deps: Pick<AccessDeps, 'principal'>): KeyId => requirePrincipal(deps).keyId;
