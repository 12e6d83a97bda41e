import {
  type Approval,
  type ApprovalNeed,
  type ApprovalSubject,
  approvalNeeded,
  askForChange,
  changeIn,
  newApprovalId,
} from '../access/index.ts';
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

/** What an approval has of a denial. The digest is the key under which it is stored. */
type AskedRemoval = Pick<DeniedAddress, 'network' | 'reason' | 'createdAt'> & {
  readonly address: string;
  readonly digest: string;
};

/**
 * Removes an address from the list.
 * @returns the approval that the removal waits for, if a rule asks for one
 * @throws AppError NOT_FOUND
 */
export async function allowAddress(
  deps: WithdrawalDeps,
  { network, address }: { network: Network; address: string },
): Promise<Approval | undefined> {
  for (;;) {
    const before = await deps.denyList.read(network, canonicalAddress(network, address));
    if (!before) throw new AppError('NOT_FOUND', { message: 'This address is not on the deny-list.' });
    const request = { kind: 'deny_list_removal', payments: () => [] } as const;
    const needed = await approvalNeeded(deps, request, () => newApprovalId(deps.newId()));
    if (needed) return askToAllow(deps, before, needed);
    if (await deps.denyList.remove(before, addressChanged(deps, 'address.allowed', before))) return undefined;
  }
}

async function askToAllow(deps: WithdrawalDeps, before: DeniedAddress, needed: ApprovalNeed): Promise<Approval> {
  const { id, network, address, reason, createdAt } = before;
  const digest = await deps.denyList.digestOf(network, address);
  const change: AskedRemoval = { network, address: `****${address.slice(-4)}`, reason, createdAt, digest };
  const { policyVersion } = needed;
  return askForChange(deps, { kind: 'deny_list_removal', subject: id ?? digest, change, needed, policyVersion });
}

/** How a decision about a removal takes effect. */
export function removalApprovals(deps: WithdrawalDeps): ApprovalSubject {
  return {
    async conclude(approval, decision) {
      if (approval.status !== 'approved') return deps.approvals.write(decision);
      const { network, digest, createdAt, reason } = changeIn(approval) as AskedRemoval;
      const before = await deps.denyList.readDigest(network, digest);
      if (before?.createdAt !== createdAt || before.reason !== reason) {
        throw new AppError('INVALID_STATE', { message: 'The denial is not the one that was to be removed.' });
      }
      return deps.denyList.remove(before, addressChanged(deps, 'address.allowed', before), decision);
    },
    async proceed() {},
  };
}

export function listDenied(
  { denyList }: WithdrawalDeps,
  { network, ...page }: PageRequest & { network: Network },
): Promise<Page<DeniedAddress>> {
  return denyList.list(network, page);
}
