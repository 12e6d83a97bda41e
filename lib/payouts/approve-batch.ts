import { type ApprovalSubject, type AskedPayment, contentDigest } from '../access/index.ts';
import { AppError } from '../kernel/errors.ts';
import { type Batch, releasedAt } from './batch.ts';
import { batchApproved, batchRejected, batchScheduled } from './batch-events.ts';
import type { BatchId } from './ids.ts';
import type { Destination, Instruction } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import { startIfDue, startIfNew } from './start-batch.ts';
import { masked } from './view.ts';

/** What an approval of a batch is bound to: all that its request asked for, and the run in which nothing was sent yet. */
export const batchContent = ({ id, digest, run }: Pick<Batch, 'id' | 'digest' | 'run'>) =>
  contentDigest('batch', id, digest, `${run}`);

/** How a decision moves a batch that waits for it. */
export function batchApprovals(deps: PayoutDeps): ApprovalSubject {
  return {
    async conclude({ subject, status, digest }, change) {
      const batch = await deps.batches.read(subject as BatchId);
      if (!batch) return false;
      if (status !== 'approved') {
        const event = batchRejected(deps, batch, status === 'lapsed' ? status : 'rejected');
        return deps.batches.reject(batch, deps.now(), change, event, releasedAt(batch, new Map()));
      }
      if (batchContent(batch) !== digest) {
        throw new AppError('INVALID_STATE', { message: 'The batch is not the one that was to be approved.' });
      }
      const events = [batchApproved(deps, batch), ...batchScheduled(deps, batch)];
      return deps.batches.approve(batch, deps.now(), change, events);
    },

    async proceed({ subject }) {
      const batch = await deps.batches.read(subject as BatchId);
      if (batch?.autoStart && batch.status === 'created') await startIfNew(deps, { ...batch, status: batch.status });
      if (batch) await startIfDue(deps, batch);
    },
  };
}

/** The payments of a batch, as its approvers see them. */
export function askedPayments(instructions: readonly Instruction[]): AskedPayment[] {
  return instructions.map(({ externalId, payee, money, destination }) => ({
    name: externalId,
    payee: payee.id,
    money,
    ...accountOf(destination),
  }));
}

/** A masked account is a token that the rail knows. It is compared like an account in plain. */
function accountOf(destination: Destination) {
  const [account, shown] =
    destination.type === 'pix'
      ? [['pix', destination.pixKey], destination.pixKey]
      : [['bank', destination.bankName, destination.bankAccount], destination.bankAccount];
  return { account: JSON.stringify(account), shownAccount: masked(shown) };
}
