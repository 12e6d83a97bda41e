import { AppError } from '../kernel/errors.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
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

/** The key of the current request. @throws AppError UNAUTHORIZED there is none */
export function ownKeyId({ principal }: Pick<AccessDeps, 'principal'>): string {
  const own = principal();
  if (own) return own.keyId;
  throw new AppError('UNAUTHORIZED');
}
