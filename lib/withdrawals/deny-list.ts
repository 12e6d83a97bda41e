import { AppError } from '../kernel/errors.ts';
import { generatedId } from '../kernel/id.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import { addressChanged } from './action-events.ts';
import { canonicalAddress } from './addresses.ts';
import type { Network } from './assets.ts';
import type { DeniedAddress, WithdrawalDeps } from './ports.ts';

/*
 * Destinations that nothing is sent to. The list is checked when a withdrawal is created, and again before it is sent. A
 * withdrawal that was broadcast before its address was listed cannot be recalled.
 */

const { from: denialId } = generatedId('dny');

/** @param denied a valid address of that network */
export async function denyAddress(
  deps: WithdrawalDeps,
  { network, address, reason }: { network: Network; address: string; reason: string },
): Promise<{ denied: DeniedAddress; isNew: boolean }> {
  const canonical = canonicalAddress(network, address);
  for (;;) {
    const before = await deps.denyList.read(network, canonical);
    if (before?.reason === reason) return { denied: before, isNew: false };
    const createdAt = new Date(deps.now()).toISOString();
    const denied = { id: denialId(deps.newId()), network, address: canonical, reason, createdAt };
    const event = addressChanged(deps, 'address.denied', denied);
    if (await deps.denyList.put(before, denied, event)) return { denied, isNew: before === undefined };
  }
}

/** @throws AppError NOT_FOUND */
export async function allowAddress(
  deps: WithdrawalDeps,
  { network, address }: { network: Network; address: string },
): Promise<void> {
  for (;;) {
    const before = await deps.denyList.read(network, canonicalAddress(network, address));
    if (!before) throw new AppError('NOT_FOUND', { message: 'This address is not on the deny-list.' });
    if (await deps.denyList.remove(before, addressChanged(deps, 'address.allowed', before))) return;
  }
}

export function listDenied(
  { denyList }: WithdrawalDeps,
  { network, ...page }: PageRequest & { network: Network },
): Promise<Page<DeniedAddress>> {
  return denyList.list(network, page);
}
