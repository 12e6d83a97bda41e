import { type ApprovalSubject, type AskedPayment, contentDigest } from '../access/index.ts';
import { AppError } from '../kernel/errors.ts';
import { dispatch } from './dispatch.ts';
import type { WithdrawalId } from './ids.ts';
import type { WithdrawalDeps } from './ports.ts';
import { approved, rejected, type Withdrawal, type WithdrawalRequest } from './withdrawal.ts';
import { writeChange } from './write-change.ts';

type Content = WithdrawalRequest & Pick<Withdrawal, 'id'>;

/** What an approval of a withdrawal is bound to: all of its request. Keyed, because the address is no public fact. */
export async function withdrawalContent({ hmac }: Pick<WithdrawalDeps, 'hmac'>, content: Content): Promise<string> {
  const { id, userId, money, network, address, maxRetries, source } = content;
  const parts = [id, userId, money.currency, `${money.minor}`, network, address, `${maxRetries}`, source];
  return contentDigest('withdrawal', id, (await hmac())('withdrawal', JSON.stringify(parts)));
}

/** How a decision moves a withdrawal that waits for it. */
export function withdrawalApprovals(deps: WithdrawalDeps): ApprovalSubject {
  return {
    async conclude({ subject, status, digest }, change) {
      const before = await deps.withdrawals.read(subject as WithdrawalId);
      if (before?.status !== 'AWAITING_APPROVAL') return false;
      if (status === 'approved' && (await withdrawalContent(deps, before)) !== digest) {
        throw new AppError('INVALID_STATE', { message: 'The withdrawal is not the one that was to be approved.' });
      }
      const after =
        status === 'approved'
          ? approved(before, deps.now())
          : rejected(before, status === 'lapsed' ? 'lapsed' : 'rejected');
      const written = await writeChange(deps, before, after, change);
      return written?.kind === 'done';
    },

    async proceed({ subject }) {
      const withdrawal = await deps.withdrawals.read(subject as WithdrawalId);
      if (withdrawal?.status === 'PENDING') await dispatch(deps, withdrawal);
    },
  };
}

/** A withdrawal, as its approvers see it. Its payee is the address: the user is who pays. */
export function askedPayment({
  userId,
  money,
  network,
  address,
}: Pick<WithdrawalRequest, 'userId' | 'money' | 'network' | 'address'>): AskedPayment {
  const shown = address.length > 8 ? `****${address.slice(-4)}` : '****';
  return { name: userId, payee: userId, money, account: JSON.stringify([network, address]), shownAccount: shown };
}
