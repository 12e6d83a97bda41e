import type { Money, Unit } from '../kernel/money.ts';

/** `reference` names this attempt, `instruction` the payment that it is an attempt at. */
export type RailInstruction = {
  readonly reference: string;
  readonly instruction: string;
  readonly money: Money<Unit>;
  readonly destination: Readonly<Record<string, string>>;
};

/** The rail moved the money, and gave back `minor` of it later. `code`: why. `at`: ISO 8601 UTC. */
export type GivenBack = { readonly minor: bigint; readonly code: string; readonly at: string };

export type Refusal = { readonly code: string; readonly message: string; readonly retryable: boolean };

/**
 * - `paid`, `refused`: the rail's own answer. `confirmations`: how deep a payment is in its chain; absent where a payment
 *   is final at once.
 * - `unanswered`: the call went out and has no valid answer: a timeout, a broken connection, a 5xx, an
 *   answer that breaks the contract or names another reference. Money may have moved. After `timed_out` the call may still
 *   be on its way; after the others it is over. `unauthorized`: a 401 or 403 that is not an answer of the contract, so it does not
 *   say that the instruction was not carried out.
 * - `unsent`: nothing went out, because `mayStillSend` forbade it, the circuit is open, or there are no valid credentials.
 */
export type SendAnswer =
  | {
      readonly kind: 'paid';
      readonly bankId: string;
      readonly confirmations?: number;
      /** Only of a look-up. */
      readonly givenBack?: GivenBack;
    }
  | { readonly kind: 'refused'; readonly failure: Refusal }
  | { readonly kind: 'unanswered'; readonly cause: 'timed_out' | 'failed' | 'unauthorized' }
  | { readonly kind: 'unsent'; readonly cause: 'forbidden' | 'circuit_open' | 'no_credentials' };

/** `not_found`: the rail answers that the reference has not reached it. `no_answer`: the look-up itself failed. */
export type LookUpAnswer =
  | Extract<SendAnswer, { kind: 'paid' | 'refused' }>
  | { readonly kind: 'not_found' | 'in_process' | 'no_answer' };

/**
 * An outside system that moves money: a bank, a payment gateway, a chain. It must never answer `not_found` for a reference
 * that it has received. It need not recognise a repeated reference: Sluice looks up before it sends again.
 */
export interface Rail {
  /**
   * Sends one instruction. Calls `mayStillSend` right before the call goes out; the call and its answer take at most
   * {@link deadlineMs} from then on. Never throws for errors of the rail or the network.
   */
  send(instruction: RailInstruction, mayStillSend: () => Promise<boolean>): Promise<SendAnswer>;
  /** Looks up a reference; takes at most {@link deadlineMs} from the moment at which it goes out. Never throws for errors of the rail. */
  lookUp(reference: string): Promise<LookUpAnswer>;
  isHealthy(): Promise<boolean>;
  readonly deadlineMs: number;
}
