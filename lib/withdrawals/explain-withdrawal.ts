import { type Approval, explainApproval, possibleDecisions } from '../access/index.ts';
import {
  counted,
  type Explanation,
  type Next,
  type PossibleAction,
  permitted,
  postOf,
  quoted,
  timeText,
  type UsedReference,
} from '../kernel/explanation.ts';
import { explainCalls, isLeased, numbersBefore, type Refusal, referenceWith } from '../rail/index.ts';
import { inWholeUnits } from './assets.ts';
import { DESTINATION_DENIED, isTerminal, mayRetry, type Withdrawal } from './withdrawal.ts';

/** What is stored of a withdrawal, and of what it depends on. */
export type WithdrawalFacts = {
  readonly withdrawal: Withdrawal;
  /** Of its asset. Absent if the asset is no longer configured. */
  readonly decimals?: number | undefined;
  /** Whether the processor is stopped: no worker takes a withdrawal. */
  readonly isStopped: boolean;
  /** Whether its address is on the deny-list now. */
  readonly isDenied: boolean;
  /** The one that it waits for. */
  readonly approval?: Approval | undefined;
};

/** Why a withdrawal has its status, and what happens next. Pure. @param now epoch milliseconds */
export function explainWithdrawal(facts: WithdrawalFacts, now: number): Explanation {
  const { withdrawal } = facts;
  return {
    kind: 'withdrawal',
    id: withdrawal.id,
    status: withdrawal.status,
    why: [whatIsSent(facts), ...statusText(facts, now), ...hindrances(facts)],
    references: usedReferences(withdrawal),
    ...explainCalls(withdrawal.reference, withdrawal.history),
    lease: leaseOf(withdrawal, now),
    next: nextOf(facts, now),
    actions: actionsOn(facts, now),
  };
}

const shown = ({ address }: Withdrawal) => (address.length > 8 ? `****${address.slice(-4)}` : '****');

function whatIsSent({ withdrawal, decimals }: WithdrawalFacts): string {
  const { money, network, userId } = withdrawal;
  const amount =
    decimals === undefined
      ? `${money.minor} of the smallest unit of ${money.currency}`
      : `${inWholeUnits(money.minor, decimals)} ${money.currency}`;
  return `It sends ${amount} of ${userId} to ${shown(withdrawal)} on ${network}.`;
}

const refusalText = (withdrawal: Withdrawal, { code, message }: Refusal) =>
  `${code}. ${quoted(message, withdrawal.address, shown(withdrawal))}`.trim();

function statusText({ withdrawal, approval }: WithdrawalFacts, now: number): string[] {
  const { reference, attempts, maxRetries, updatedAt, requiredConfirmations } = withdrawal;
  switch (withdrawal.status) {
    case 'PENDING':
      return ['Nothing of it was sent.'];
    case 'AWAITING_APPROVAL':
      return [explainApproval(withdrawal.approvalId, approval, now).sentence];
    case 'PROCESSING':
      return withdrawal.transaction
        ? [
            `It is on the chain as ${withdrawal.transaction.hash}, with ${withdrawal.transaction.confirmations} of ${counted(requiredConfirmations, 'confirmation')}, as of ${updatedAt}.`,
          ]
        : [`A worker took it at ${updatedAt}, and may have sent it under ${reference}.`];
    case 'UNKNOWN':
      return [
        `A call under ${reference} has no known outcome, as of ${updatedAt}: the asset may have moved.`,
        'Nothing more is sent before a look-up gives the outcome.',
      ];
    case 'RETRYING':
      return [
        `Attempt ${attempts} of at most ${1 + maxRetries} moved nothing: ${refusalText(withdrawal, withdrawal.failure)}`,
      ];
    case 'FAILED':
      return [
        `It failed at ${updatedAt} after ${counted(attempts, 'attempt')}, and moved nothing: ${refusalText(withdrawal, withdrawal.failure)}`,
        `Retries used: ${withdrawal.retries} of ${maxRetries}.`,
      ];
    case 'REJECTED':
      return [`It ended at ${updatedAt}, and moved nothing: ${refusalText(withdrawal, withdrawal.failure)}`];
    case 'COMPLETED':
      return [
        `It is on the chain as ${withdrawal.transaction.hash}, with all of its ${counted(requiredConfirmations, 'confirmation')} since ${updatedAt}.`,
      ];
  }
}

const isWorkable = (withdrawal: Withdrawal) => !isTerminal(withdrawal) && withdrawal.status !== 'AWAITING_APPROVAL';

/** What keeps workers from it. */
function hindrances({ withdrawal, isStopped }: WithdrawalFacts): string[] {
  if (!isWorkable(withdrawal)) return [];
  const { deadLetter } = withdrawal;
  return [
    ...(isStopped ? ['The processor of withdrawals is stopped: no worker takes it.'] : []),
    ...(deadLetter
      ? [`The queue gave up its message at ${deadLetter.at}: it was delivered ${counted(deadLetter.receives, 'time')}.`]
      : []),
  ];
}

function usedReferences(withdrawal: Withdrawal): UsedReference[] {
  const earlier = numbersBefore(withdrawal.reference).map((number): UsedReference => {
    const reference = referenceWith(withdrawal.reference, number);
    return { reference, state: 'refused', sentence: `Nothing moved under ${reference}. It is never sent again.` };
  });
  return [...earlier, { reference: withdrawal.reference, ...currentReference(withdrawal) }];
}

function currentReference(withdrawal: Withdrawal): Omit<UsedReference, 'reference'> {
  const { reference, unanswered, status } = withdrawal;
  const unused = { state: 'unused', sentence: `Nothing was sent under ${reference}.` } as const;
  const unanswering = { state: 'unanswered', sentence: `A call under ${reference} has no known outcome.` } as const;
  switch (status) {
    case 'PENDING':
    case 'AWAITING_APPROVAL':
    case 'REJECTED':
      return unused;
    case 'RETRYING':
      return unanswered ? unanswering : unused;
    case 'UNKNOWN':
      return unanswering;
    case 'PROCESSING':
      if (withdrawal.transaction)
        return { state: 'accepted', sentence: `The chain has it under ${reference}; it is not final yet.` };
      return unanswered
        ? unanswering
        : { state: 'may_be_out', sentence: `A worker may have sent ${reference}; no outcome is stored.` };
    case 'FAILED':
      if (unanswered) return { state: 'not_found', sentence: `The chain has no record of ${reference}.` };
      return withdrawal.failure.code === DESTINATION_DENIED.code
        ? unused
        : { state: 'refused', sentence: `The chain refused ${reference}.` };
    case 'COMPLETED':
      return { state: 'paid', sentence: `The asset moved under ${reference}.` };
  }
}

function leaseOf({ lease }: Withdrawal, now: number): Explanation['lease'] {
  if (!lease) return null;
  const until = timeText(lease.until);
  const sentence =
    lease.until > now
      ? `A worker holds it until ${until}; no other worker sends it before that.`
      : `Its worker stopped without an outcome; the lease ended at ${until}.`;
  return { holder: lease.owner, until, sentence };
}

function nextOf({ withdrawal, approval, isStopped }: WithdrawalFacts, now: number): Next {
  if (isTerminal(withdrawal)) return null;
  if (withdrawal.status === 'AWAITING_APPROVAL') return explainApproval(withdrawal.approvalId, approval, now).next;
  const { lease, reference } = withdrawal;
  if (lease && isLeased(withdrawal, now)) {
    const until = timeText(lease.until);
    const sentence = `The worker stores the outcome by ${until}. If it dies, the next worker looks ${reference} up first.`;
    return { at: until, sentence };
  }
  if (isStopped || withdrawal.deadLetter) return null;
  const step = stepOf(withdrawal);
  if (withdrawal.dueAt <= now) return { at: null, sentence: `${step} It is due: it waits for a free worker.` };
  const dueAt = timeText(withdrawal.dueAt);
  return { at: dueAt, sentence: `${step} It is due at ${dueAt}.` };
}

/** What the next worker does with it. */
function stepOf(withdrawal: Withdrawal): string {
  const { reference, unanswered, lease, status } = withdrawal;
  if ('transaction' in withdrawal && withdrawal.transaction)
    return `A worker looks up the confirmations of ${reference}.`;
  return unanswered || lease || status === 'UNKNOWN'
    ? `A worker looks ${reference} up, and sends it again only if the chain has no record of it.`
    : `A worker sends it under ${reference}.`;
}

function actionsOn({ withdrawal, approval, isStopped, isDenied }: WithdrawalFacts, now: number): PossibleAction[] {
  const { id, status } = withdrawal;
  const isOpen = isWorkable(withdrawal);
  return permitted([
    ...(status === 'AWAITING_APPROVAL' ? possibleDecisions(approval, now) : []),
    status === 'FAILED' &&
      mayRetry(withdrawal) &&
      !isDenied &&
      postOf(
        'retryWithdrawal',
        `/withdrawals/${id}/retry`,
        'withdrawals:write',
        'Retry it. If a wallet pays it, the wallet must cover the amount again.',
      ),
    isOpen &&
      isStopped &&
      postOf('startProcessor', '/processors/withdrawals/start', 'operations', 'Start the processor of withdrawals.'),
    isOpen &&
      withdrawal.deadLetter !== undefined &&
      postOf(
        'redriveWithdrawals',
        '/processors/withdrawals/redrive',
        'operations',
        'Send all dead-lettered withdrawals to the workers again, once the cause is fixed.',
      ),
  ]);
}
