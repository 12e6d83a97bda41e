import { isEqual } from 'es-toolkit';
import type { EventDeps } from '../events/index.ts';
import { AppError } from '../kernel/errors.ts';
import type { Approval } from './approval.ts';
import type { ApprovalStore, ApprovalSubject, ApprovalWrite } from './approval-ports.ts';
import { changeIn } from './ask-change.ts';
import { type AskedKey, type KeyText, keyText } from './asked-key.ts';
import { readKey, refuseRevoked, witnessOf } from './change-key.ts';
import { type ApiKey, withSettings } from './key.ts';
import { keyChanged, keyRevoked } from './key-events.ts';
import type { KeyStore } from './ports.ts';

type Deps = EventDeps & { readonly approvals: ApprovalStore; readonly keys: KeyStore };

/** How a decision about a new key, or about a change of one, takes effect. */
export function keyApprovals(deps: Deps): ApprovalSubject {
  return {
    async conclude(approval, decision) {
      const before = await readKey(deps, approval.subject);
      if (approval.status === 'approved') return replace(deps, permitted(before, approval, deps.now()), decision);
      if (before.awaits !== approval.id || before.revokedAt !== undefined) return deps.approvals.write(decision);
      const revokedAt = new Date(deps.now()).toISOString();
      return replace(deps, { before, after: { ...before, revokedAt, version: before.version + 1 } }, decision);
    },
    async proceed() {},
  };
}

type Change = { readonly before: ApiKey; readonly after: ApiKey };

/** @throws AppError INVALID_STATE the key is revoked, or is not what was to be approved */
function permitted(before: ApiKey, approval: Approval, now: number): Change {
  refuseRevoked(before);
  const asked = changeIn(approval) as AskedKey;
  if (asked.action === 'create') {
    if (before.awaits !== approval.id || !isEqual(plain(keyText(before)), asked.key)) throw overtaken();
    return { before, after: { ...before, awaits: undefined, version: before.version + 1 } };
  }
  if (before.version !== asked.version) throw overtaken();
  const { name, scopes, limits, expires_at: expiresAt } = asked.key;
  return { before, after: withSettings(before, { name, scopes, limits, expiresAt: expiresAt ?? undefined }, now) };
}

const plain = (text: KeyText): unknown => JSON.parse(JSON.stringify(text));

async function replace(deps: Deps, change: Change, decision: ApprovalWrite): Promise<boolean> {
  const { after } = change;
  const event = after.revokedAt === undefined ? keyChanged(deps, after) : keyRevoked(deps, after);
  const written = await deps.keys.replace({ ...change, event, decision, witness: await witnessOf(deps, change) });
  return written !== undefined;
}

const overtaken = () =>
  new AppError('INVALID_STATE', { message: 'The key has changed since. Reject this, and ask again.' });
