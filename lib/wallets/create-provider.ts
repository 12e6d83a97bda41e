import { AppError, orNotFound } from '../kernel/errors.ts';
import type { PageRequest } from '../kernel/page.ts';
import { type ProviderId, parseProviderId, providerId } from './ids.ts';
import { providerCreated } from './payment-events.ts';
import type { WalletDeps } from './ports.ts';
import type { Provider } from './provider.ts';

/**
 * Stores a provider. An id that the caller gives is an idempotency key of its own.
 * @throws AppError IDEMPOTENCY_MISMATCH there is one with this id and another name
 */
export async function createProvider(
  deps: WalletDeps,
  { id, name }: { id?: ProviderId | undefined; name: string },
): Promise<{ provider: Provider; isNew: boolean }> {
  const wanted = { id: id ?? providerId(deps.newId()), name, createdAt: new Date(deps.now()).toISOString() };
  const { provider, inserted } = await deps.providers.insert(wanted, providerCreated(deps, wanted));
  if (provider.name !== name) {
    throw new AppError('IDEMPOTENCY_MISMATCH', { message: `The provider ${wanted.id} exists with another name.` });
  }
  return { provider, isNew: inserted };
}

/** @throws AppError NOT_FOUND */
export async function readProvider({ providers }: WalletDeps, text: string): Promise<Provider> {
  const id = parseProviderId(text);
  return orNotFound(id && (await providers.read(id)), 'There is no such provider.');
}

/** Providers, newest first. @throws AppError VALIDATION_ERROR if no answer had this cursor */
export function listProviders({ providers }: WalletDeps, page: PageRequest) {
  return providers.list(page);
}
