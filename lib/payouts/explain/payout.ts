import { counted, type Explanation, type Next, quoted, timeText } from '../../kernel/explanation.ts';
import { formatMajor } from '../../kernel/money.ts';
import { explainCalls, isLeased, type Refusal } from '../../rail/index.ts';
import { isUnderWay } from '../batch.ts';
import { shownStatus } from '../chunk.ts';
import { isTerminal, type Payout, type PayoutState, unknownSince } from '../payout.ts';
import { masked } from '../view.ts';
import { payoutActions } from './actions.ts';
import { cancelledText, deadLetterText, explainStatus } from './batch.ts';
import type { PayoutFacts } from './facts.ts';
import { usedReferences } from './references.ts';

/** Why a payout has its status, what was asked of the rail, and what happens next. Pure. @param now epoch milliseconds */
export function explainPayout(facts: PayoutFacts, now: number): Explanation {
  const { payout, chunk } = facts;
  const status = shownStatus(payout, chunk);
  const isOpen = !isTerminal(payout);
  const { why, next } = isOpen ? waiting(facts, now) : { why: [], next: null };
  return {
    kind: 'payout',
    id: payout.id,
    status,
    why: [whoIsPaid(payout), ...statusText(facts), ...why],
    references: usedReferences(payout, status),
    ...explainCalls(payout.reference, payout.history),
    lease: isOpen ? leaseOf(facts, now) : null,
    next,
    actions: payoutActions(facts, now),
  };
}

function accountOf({ destination }: Payout): string {
  return destination.type === 'pix' ? destination.pixKey : destination.bankAccount;
}

function whoIsPaid(payout: Payout): string {
  const { money, payee, destination } = payout;
  const where = destination.type === 'pix' ? 'PIX key' : destination.bankName;
  return `It pays ${formatMajor(money)} ${money.currency} to ${payee.id} (${where} ${masked(accountOf(payout))}).`;
}

type Of<Status extends Payout['status']> = Payout & Extract<PayoutState, { status: Status }>;

/** What the stored status means. */
function statusText({ payout, batch, policy }: PayoutFacts): string[] {
  const { attempts, updatedAt, reference } = payout;
  switch (payout.status) {
    case 'pending':
      return [payout.unanswered ? mayBeOut(reference) : 'Nothing of it was sent.'];
    case 'retrying':
      return [
        attempts === 0
          ? `A person asked to pay it again after it had failed: ${refusalText(payout)}`
          : `Attempt ${attempts} of ${policy.maxAttempts} moved no money: ${refusalText(payout)}`,
        ...(payout.unanswered ? [mayBeOut(reference)] : []),
      ];
    case 'unknown':
      return [
        `A call under ${reference} has had no known outcome since ${unknownSince(payout)}: the money may have moved.`,
        'Nothing more is sent before a look-up gives the outcome.',
      ];
    case 'completed':
      return [`The rail moved the money; this was stored at ${updatedAt}. The rail calls it ${payout.bankId}.`];
    case 'failed':
      return [
        `It failed at ${updatedAt} after ${counted(attempts, 'attempt')}, and moved no money: ${refusalText(payout)}`,
        payout.failure.retryable
          ? 'Its attempts are used up. It can be paid again.'
          : 'This refusal is final. To pay it, correct it and send it in a new batch.',
      ];
    case 'cancelled': {
      const asked = payout.cancellation ?? batch.cancellation;
      return [
        `It was cancelled at ${updatedAt}, and moved no money.`,
        ...(asked ? [hidden(payout, cancelledText(asked))] : []),
      ];
    }
    case 'returned': {
      const { code, at } = payout.returned;
      return [`The rail moved the money as ${payout.bankId}, and gave it back at ${at} with ${code}.`];
    }
  }
}

const mayBeOut = (reference: string) =>
  `A worker stopped without an outcome, so a call under ${reference} may be out. It is looked up before anything is sent.`;

function refusalText(payout: Of<'retrying' | 'failed'>): string {
  const { code, message }: Refusal = payout.failure;
  return `${code}. ${hidden(payout, message)}`.trim();
}

const hidden = (payout: Payout, text: string) => quoted(text, accountOf(payout), masked(accountOf(payout)));

type Waiting = Pick<Explanation, 'why' | 'next'>;

/** Why a payout that has not ended is where it is, and what happens next. */
function waiting(facts: PayoutFacts, now: number): Waiting {
  const { payout, chunk, batch } = facts;
  const asked = payout.cancellation;
  const cancellation = asked ? [`${hidden(payout, cancelledText(asked))} It is not sent any more.`] : [];
  const status = explainStatus({ ...facts, chunks: [chunk] }, now);
  const why = [...cancellation, ...status.why.map((text) => hidden(payout, text))];
  if (isLeased(chunk, now)) return { why, next: duringLease(facts) };
  const dead = chunk.deadLetter ? [deadLetterText(chunk.number, chunk.deadLetter)] : [];
  if (isUnderWay(batch.status)) return { why: [...why, ...dead], next: nextRound(facts, now) };
  const isEnded = asked && (batch.status === 'stopping' || batch.status === 'stopped') && !chunk.deadLetter;
  if (isEnded) return { why, next: { at: null, sentence: `Recovery runs every minute. ${stepOf(facts)}` } };
  // A batch that is stopped by itself changes nothing of its payouts.
  return { why, next: batch.status === 'stopping' ? null : status.next };
}

function leaseOf({ chunk: { lease, number } }: PayoutFacts, now: number): Explanation['lease'] {
  if (!lease) return null;
  const until = timeText(lease.until);
  const sentence =
    lease.until > now
      ? `A worker holds chunk ${number} until ${until}; no other worker sends this payout before that.`
      : `The worker of chunk ${number} stopped without an outcome; its lease ended at ${until}.`;
  return { holder: lease.owner, until, sentence };
}

function duringLease({ payout, chunk: { lease } }: PayoutFacts): Next {
  const until = timeText(lease?.until ?? 0);
  return {
    at: until,
    sentence: `The worker stores the outcome by ${until}. If it dies, the next worker looks ${payout.reference} up first.`,
  };
}

function nextRound(facts: PayoutFacts, now: number): Next {
  const { chunk, batch } = facts;
  if (chunk.deadLetter) return null;
  if (batch.reopening)
    return { at: null, sentence: `${stepOf(facts)} First the other failures of its batch are opened.` };
  const isDue = chunk.dueAt <= now;
  if (isDue) return { at: null, sentence: `${stepOf(facts)} It is due: it waits for a free worker.` };
  const dueAt = timeText(chunk.dueAt);
  return { at: dueAt, sentence: `${stepOf(facts)} It is due at ${dueAt}.` };
}

/** What the next worker does with it. */
function stepOf({ payout, chunk, batch }: PayoutFacts): string {
  const { reference } = payout;
  const isCancelled = payout.cancellation !== undefined || batch.status === 'cancelling';
  const isLookedUp = payout.unanswered || payout.status === 'unknown' || chunk.lease !== undefined;
  if (isCancelled)
    return isLookedUp
      ? `A worker looks ${reference} up, and cancels the payout if the rail has no record of it.`
      : 'A worker cancels the payout.';
  return isLookedUp
    ? `A worker looks ${reference} up, and sends it again only if the rail has no record of it.`
    : `A worker sends it under ${reference}.`;
}
