import type { Recovery } from '../recovery/index.ts';
import { type ApprovalId, hasLapsed } from './approval.ts';
import type { ApprovalDeps } from './approval-ports.ts';
import { lapse } from './decide-approval.ts';

/** Ends approvals whose time is over. A decision that comes at the same time wins or loses; it is never mixed with the end. */
export function recoverApprovals(deps: ApprovalDeps): Recovery<ApprovalId> {
  return {
    name: 'approvals',
    list: () => deps.approvals.listOverdue(deps.now()),
    idOf: (id) => id,
    async recover(id, count) {
      const approval = await deps.approvals.read(id);
      if (approval?.status !== 'waiting' || !hasLapsed(approval, deps.now())) return;
      if (await lapse(deps, approval)) count('lapsed');
    },
  };
}
