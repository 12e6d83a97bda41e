import type { Money, Unit } from '../kernel/money.ts';

/** What the bank is told. `reference` names this attempt, `instruction` the payment it is an attempt at. */
export type BankInstruction = {
  readonly reference: string;
  readonly instruction: string;
  readonly money: Money<Unit>;
  readonly destination: Readonly<Record<string, string>>;
};

export type Refusal = { readonly code: string; readonly message: string; readonly retryable: boolean };

/**
 * - `paid`, `refused`: the bank's own word. `confirmations`: how deep a payment lies in its chain; absent where it is final
 *   at once.
 * - `unanswered`: the call went out and nothing trustworthy came back: a timeout, a broken connection, a 5xx, an answer
 *   that is not the bank's contract or names another reference. Money may have moved. After `timed_out` the call may even
 *   be still on its way; whatever `failed` is over, as far as anyone can tell.
 * - `unsent`: nothing went out: the permission was withdrawn, or the circuit is open.
 */
export type SendAnswer =
  | { readonly kind: 'paid'; readonly bankId: string; readonly confirmations?: number }
  | { readonly kind: 'refused'; readonly failure: Refusal }
  | { readonly kind: 'unanswered'; readonly cause: 'timed_out' | 'failed' }
  | { readonly kind: 'unsent'; readonly cause: 'forbidden' | 'circuit_open' };

/** `not_found` is the bank's word that the reference has not reached it; `no_answer` says nothing at all. */
export type LookUpAnswer =
  | Extract<SendAnswer, { kind: 'paid' | 'refused' }>
  | { readonly kind: 'not_found' | 'in_process' | 'no_answer' };

/**
 * The outside money rail. What Sluice needs of it: a reference that it has received is never `not_found` again.
 * It need not recognise a repeated reference; Sluice asks before it sends again.
 */
export interface Bank {
  /**
   * Sends one instruction. `mayStillSend` is asked when its turn has come, right before the call goes out; the call
   * and its answer take at most {@link deadlineMs} from then on. Never throws for what the bank or the network does.
   */
  send(instruction: BankInstruction, mayStillSend: () => Promise<boolean>): Promise<SendAnswer>;
  /** Looks up a reference; takes at most {@link deadlineMs} once begun. Never throws for what the bank does. */
  lookUp(reference: string): Promise<LookUpAnswer>;
  /** Is it reachable at all? */
  isHealthy(): Promise<boolean>;
  readonly deadlineMs: number;
}
