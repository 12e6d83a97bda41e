import type { LookUpAnswer, Rail, RailInstruction, SendAnswer } from '../../lib/rail/port.ts';
import { Audit } from '../../localstack/bank/audit.ts';
import { drawMiningPlan } from '../../localstack/bank/chain.ts';
import { openDatabase } from '../../localstack/bank/database.ts';
import { drawOutcome } from '../../localstack/bank/draw-outcome.ts';
import { type Instruction, type Kind, Ledger, outcomeNow, type ReferenceStatus } from '../../localstack/bank/ledger.ts';
import { SettingsStore } from '../../localstack/bank/settings.ts';

export const RETRYABLE = new Set(['BANK_API_TIMEOUT', 'RATE_LIMITED', 'INSUFFICIENT_FUNDS', 'TRANSACTION_DROPPED']);

type Time = {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Runs something later. */
  readonly after: (ms: number, run: () => Promise<unknown>) => void;
};
/** A rail that sends what may still be sent, and is always up. */
export function railOf(
  deadlineMs: number,
  send: (instruction: RailInstruction) => Promise<SendAnswer>,
  lookUp: Rail['lookUp'],
): Rail {
  return {
    deadlineMs,
    isHealthy: async () => true,
    send: async (instruction, mayStillSend) =>
      (await mayStillSend()) ? send(instruction) : { kind: 'unsent', cause: 'forbidden' },
    lookUp,
  };
}

/** The rail with other methods in place of some of its own. */
export function railWith(rail: Rail, changes: Partial<Rail>): Rail {
  return {
    deadlineMs: rail.deadlineMs,
    isHealthy: () => rail.isHealthy(),
    send: (instruction, mayStillSend) => rail.send(instruction, mayStillSend),
    lookUp: (reference) => rail.lookUp(reference),
    ...changes,
  };
}

/** What a rail has on record of one instruction. */
export type Moved = ReturnType<Audit['instructions']>['instructions'][number];

/**
 * The mock bank without HTTP: its ledger, its modes and its audit on a virtual clock. A call that times out takes no real
 * time. The contract tests of the HTTP client run against the real mock bank.
 */
export class RailDouble {
  readonly #db = openDatabase(':memory:');
  readonly #ledger: Ledger;
  readonly #audit: Audit;
  readonly #settings = new SettingsStore(this.#db);
  readonly #time: Time;

  constructor(time: Time) {
    this.#time = time;
    this.#ledger = new Ledger(this.#db, time.now);
    this.#audit = new Audit(this.#db, time.now);
  }

  rail(kind: Kind, deadlineMs: number): Rail {
    return railOf(
      deadlineMs,
      (instruction) => this.#send(kind, instruction, deadlineMs),
      async (reference) => {
        if (this.#settings.current.lookups === 'down') return { kind: 'no_answer' };
        return lookUpAnswer(this.#ledger.lookUp(kind, reference));
      },
    );
  }

  /** Changes the settings of the mock bank; see localstack/bank/server.ts. */
  async behave(changes: object): Promise<void> {
    this.#settings.change(changes);
  }

  get instructions(): readonly Moved[] {
    this.#ledger.flush();
    return this.#audit.instructions({ limit: '5000' }).instructions;
  }

  close(): void {
    this.#ledger.close();
  }

  async #send(kind: Kind, instruction: RailInstruction, deadlineMs: number): Promise<SendAnswer> {
    const { reference } = instruction;
    const { current } = this.#settings;
    const drawn = drawOutcome(current, reference);
    if (drawn === 'lost') return this.#timeOut(deadlineMs);
    const { latencyMs, refusal, answer } = drawn;
    const plan = drawMiningPlan(current, reference);
    const sent = bodyOf(kind, instruction);
    const how = { isImmediate: latencyMs === 0, rejectDuplicates: current.duplicates === 'reject', plan };
    const arrival = await this.#ledger.record(sent, refusal, how);
    if (latencyMs > 0) await this.#time.sleep(Math.min(latencyMs, deadlineMs));
    if (latencyMs > deadlineMs) {
      this.#time.after(latencyMs - deadlineMs, () => this.#ledger.applyOutcome(arrival.id));
      return { kind: 'unanswered', cause: 'timed_out' };
    }
    if (latencyMs > 0) await this.#ledger.applyOutcome(arrival.id);
    if (answer === 'none') return this.#timeOut(deadlineMs - latencyMs);
    if (answer !== 'contract' || arrival.refusal === 'DUPLICATE_REFERENCE')
      return { kind: 'unanswered', cause: 'failed' };
    return sendAnswer(outcomeNow(sent, arrival, plan));
  }

  async #timeOut(ms: number): Promise<SendAnswer> {
    await this.#time.sleep(ms);
    return { kind: 'unanswered', cause: 'timed_out' };
  }
}

/** What the rail is sent. */
export function bodyOf(kind: Kind, { reference, instruction, money }: RailInstruction): Instruction {
  return { kind, reference, instruction, amountMinor: `${money.minor}`, currency: money.currency };
}

export function sendAnswer(outcome: Extract<ReferenceStatus, { status: 'completed' | 'refused' }>) {
  if (outcome.status === 'refused') {
    const { code, message } = outcome;
    return { kind: 'refused', failure: { code, message, retryable: RETRYABLE.has(code) } } as const;
  }
  const { bank_id: bankId, confirmations } = outcome;
  return { kind: 'paid', bankId, ...(confirmations === undefined ? {} : { confirmations }) } as const;
}

export function lookUpAnswer(found: ReferenceStatus): LookUpAnswer {
  if (found.status === 'processing') return { kind: 'in_process' };
  if (found.status === 'not_found') return { kind: 'not_found' };
  if (found.status === 'returned') {
    const { bank_id: bankId, returned_minor: minor, code, returned_at: at } = found;
    return { kind: 'paid', bankId, givenBack: { minor: BigInt(minor), code, at } };
  }
  return sendAnswer(found);
}
