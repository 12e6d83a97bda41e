import { z } from 'zod';
import type { QueueSender } from '../aws/queue.ts';
import { parseWithdrawalId } from './ids.ts';
import type { WithdrawalMessage, WithdrawalQueue } from './ports.ts';

/** The message in SQS. */
export const withdrawalMessageSchema = z
  .object({ withdrawal_id: z.string(), version: z.number().int().positive() })
  .transform(({ withdrawal_id, version }, context): WithdrawalMessage => {
    const withdrawalId = parseWithdrawalId(withdrawal_id);
    if (withdrawalId) return { withdrawalId, version };
    context.addIssue({ code: 'custom', path: ['withdrawal_id'], message: 'must be a withdrawal id' });
    return z.NEVER;
  });

export function sqsWithdrawalQueue(sender: QueueSender): WithdrawalQueue {
  return {
    send: (messages, delayMs) =>
      sender.send(
        messages.map(({ withdrawalId, version }) => ({ withdrawal_id: withdrawalId, version })),
        delayMs,
      ),
    depth: () => sender.depth(),
  };
}
