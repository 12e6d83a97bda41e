import type { ApprovalPolicy } from './approval-policy.ts';
import type { PolicyStore } from './approval-ports.ts';

/** How long a process uses the rules that it has read. A change of the rules holds everywhere after this time. */
export const POLICY_CACHED_MS = 10_000;

/** The current rules, read at most every ten seconds, so that a request costs no read. */
export function cachedPolicy(policies: PolicyStore, now: () => number): () => Promise<ApprovalPolicy> {
  let cached: { readonly policy: ApprovalPolicy; readonly until: number } | undefined;
  return async () => {
    const readAt = now();
    if (cached && readAt < cached.until) return cached.policy;
    const policy = await policies.read();
    cached = { policy, until: readAt + POLICY_CACHED_MS };
    return policy;
  };
}
