import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import type { DeadLetter } from '../recovery/index.ts';
import type { WithdrawalId } from './ids.ts';
import type { DeniedAddress, Processor } from './ports.ts';

const source = '/sluice/withdrawals';
/** The subject of the processor's events. */
export const PROCESSOR = 'withdrawals';

/** @param before the state that changes; each change has the next number */
export function processorChanged(deps: EventDeps, before: Processor, isStopped: boolean): DomainEvent {
  const type = isStopped ? 'processor.stopped' : 'processor.started';
  const fact = `${PROCESSOR}:${before.changes + 1}`;
  return eventOf(deps, { type, source, subject: PROCESSOR, fact, data: { processor: PROCESSOR } });
}

/** The subject is the denial, because events do not have addresses. One whose reason is replaced is another one. */
export function addressChanged(
  deps: EventDeps,
  type: 'address.denied' | 'address.allowed',
  { id, network, address, reason, createdAt }: DeniedAddress,
): DomainEvent {
  const data = { network, address: `****${address.slice(-4)}`, reason };
  return eventOf(deps, { type, source, subject: id ?? `${network}:${createdAt}`, data });
}

export function deadLetterEvent(
  deps: EventDeps,
  type: 'withdrawal.dead_lettered' | 'withdrawal.redriven',
  subject: WithdrawalId,
  { messageId, receives, at }: DeadLetter,
): DomainEvent {
  const data = { withdrawal_id: subject, message_id: messageId, receives };
  return eventOf(deps, { type, source, subject, fact: `${subject}:${messageId}:${at}`, data });
}
