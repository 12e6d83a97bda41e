import { mapValues } from 'es-toolkit';
import type { z } from 'zod';
import { exactNumber } from '../kernel/exact-json.ts';
import type { Page } from '../kernel/page.ts';
import type { deniedAnswer, processorAnswer, statsAnswer, withdrawalAnswer } from './answers.ts';
import type { DeniedAddress } from './ports.ts';
import type { ProcessorState, ProcessorStats } from './processor.ts';
import type { Withdrawal } from './withdrawal.ts';

/** The JSON that clients see, over REST and over RPC. Amounts are strings of digits, in the asset's smallest unit. */
function withdrawalView(withdrawal: Withdrawal): z.input<typeof withdrawalAnswer> {
  const { money, network, address, lease, deadLetter, updatedAt } = withdrawal;
  const failure = 'failure' in withdrawal ? withdrawal.failure : undefined;
  const transaction = 'transaction' in withdrawal ? withdrawal.transaction : undefined;
  const isDueAgain = withdrawal.status === 'RETRYING' || withdrawal.status === 'UNKNOWN';
  return {
    withdrawal_id: withdrawal.id,
    idempotency_key: withdrawal.key,
    user_id: withdrawal.userId,
    asset: money.currency,
    amount: `${money.minor}`,
    destination_address: address,
    network,
    source: withdrawal.source,
    status: withdrawal.status,
    approval_id: withdrawal.approvalId ?? null,
    max_retries: withdrawal.maxRetries,
    retry_count: withdrawal.retries,
    tx_hash: transaction?.hash ?? null,
    confirmations: transaction?.confirmations ?? 0,
    required_confirmations: withdrawal.requiredConfirmations,
    failure: failure ? { code: failure.code, message: failure.message } : null,
    next_attempt_at: isDueAgain && !lease ? new Date(withdrawal.dueAt).toISOString() : null,
    dead_letter: deadLetter ? { at: deadLetter.at, receives: deadLetter.receives } : null,
    created_at: withdrawal.createdAt,
    updated_at: updatedAt,
    completed_at: withdrawal.status === 'COMPLETED' ? updatedAt : null,
  };
}

export const gotView = (withdrawal: Withdrawal) => ({ withdrawal: withdrawalView(withdrawal) });

export function createdView({ withdrawal, alreadyExists }: { withdrawal: Withdrawal; alreadyExists: boolean }) {
  return { withdrawal: withdrawalView(withdrawal), already_exists: alreadyExists };
}

export function listView({ items, cursor }: Page<Withdrawal>) {
  return { withdrawals: items.map(withdrawalView), next_cursor: cursor ?? null };
}

export function processorView({ status, inFlight }: ProcessorState): z.input<typeof processorAnswer> {
  return { status, in_flight: inFlight };
}

export function statsView(stats: ProcessorStats): z.input<typeof statsAnswer> {
  const { byStatus, outcomes, queue, oldestAgeMs } = stats;
  const count = (number: bigint) => exactNumber(`${number}`);
  return {
    ...processorView(stats),
    queue: { visible: queue.visible, delayed: queue.delayed, in_flight: queue.inFlight },
    processed: count(outcomes.completed + outcomes.failed),
    completed: count(outcomes.completed),
    failed: count(outcomes.failed),
    retried: count(outcomes.retrying),
    unknown: count(byStatus.UNKNOWN),
    dead_lettered: stats.deadLettered,
    by_status: mapValues(byStatus, count),
    oldest_open_age_seconds: oldestAgeMs === undefined ? null : Math.floor(oldestAgeMs / 1_000),
    is_estimate: stats.isEstimate,
  };
}

export function deniedView({ network, address, reason, createdAt }: DeniedAddress): z.input<typeof deniedAnswer> {
  return { network, address, reason, created_at: createdAt };
}

export function deniedListView({ items, cursor }: Page<DeniedAddress>) {
  return { addresses: items.map(deniedView), next_cursor: cursor ?? null };
}
