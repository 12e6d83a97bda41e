import { AppError } from '../kernel/errors.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import { canonicalAddress } from './addresses.ts';
import type { Network } from './assets.ts';
import type { DeniedAddress, WithdrawalDeps } from './ports.ts';

/*
 * Destinations that nothing is sent to. The list is checked when a withdrawal is created, and again before it is sent. A
 * withdrawal that was broadcast before its address was listed cannot be recalled.
 */

/** @param denied a valid address of that network */
export async function denyAddress(
  deps: WithdrawalDeps,
  { network, address, reason }: { network: Network; address: string; reason: string },
): Promise<{ denied: DeniedAddress; isNew: boolean }> {
  const denied = {
    network,
    address: canonicalAddress(network, address),
    reason,
    createdAt: new Date(deps.now()).toISOString(),
  };
  return { denied, isNew: await deps.denyList.put(denied) };
}

/** @throws AppError NOT_FOUND */
export async function allowAddress(
  { denyList }: WithdrawalDeps,
  { network, address }: { network: Network; address: string },
): Promise<void> {
  if (await denyList.remove(network, canonicalAddress(network, address))) return;
  throw new AppError('NOT_FOUND', { message: 'This address is not on the deny-list.' });
}

export function listDenied(
  { denyList }: WithdrawalDeps,
  { network, ...page }: PageRequest & { network: Network },
): Promise<Page<DeniedAddress>> {
  return denyList.list(network, page);
}
