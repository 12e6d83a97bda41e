import type { LookUpAnswer, Rail, RailInstruction, SendAnswer } from '../../lib/rail/port.ts';
import { Audit } from '../../localstack/bank/audit.ts';
import type { MiningPlan } from '../../localstack/bank/chain.ts';
import { openDatabase } from '../../localstack/bank/database.ts';
import { type Kind, Ledger, outcomeNow } from '../../localstack/bank/ledger.ts';
import type { RefusalCode } from '../../localstack/bank/refusals.ts';
import { bodyOf, lookUpAnswer, RETRYABLE, railOf, sendAnswer } from '../support/rail.ts';
import type { Gate } from './gate.ts';
import { invocation } from './lambda.ts';
import type { Schedule } from './schedule.ts';

/** How long after its deadline a call may still arrive; the code allows for as much. */
export const LATE_MS = { transfers: 900, broadcasts: 900, charges: 4_900 } as const;
/** The longest that the rail processes an instruction. */
const SETTLES_MS = 20_000;
const REFUSALS: readonly RefusalCode[] = [
  'INVALID_BANK_ACCOUNT',
  'ACCOUNT_BLOCKED',
  'INSUFFICIENT_FUNDS',
  'RATE_LIMITED',
  'BANK_API_TIMEOUT',
];

/** The mock bank's ledger, and calls to it with the seed's faults. */
export class Rails {
  readonly ledger: Ledger;
  readonly audit: Audit;
  readonly #schedule: Schedule;
  readonly #gate: Gate;
  readonly #note: (line: string) => void;
  readonly #find: (what: string) => void;
  readonly #arrived = new Map<string, { readonly reference: string; readonly refusal: RefusalCode | null }>();
  readonly #listeners: ((instruction: string) => void)[] = [];
  readonly #sending: ((instruction: string) => void)[] = [];
  /** Why it refuses an instruction, besides the refusals that the seed draws. */
  refuses: (instruction: string) => RefusalCode | null = () => null;
  /** Until then no rail answers, and nothing that is sent arrives. */
  downUntil = 0;

  constructor(
    schedule: Schedule,
    gate: Gate,
    { note, find }: { note: (line: string) => void; find: (what: string) => void },
  ) {
    const db = openDatabase(':memory:');
    this.ledger = new Ledger(db, () => schedule.now);
    this.audit = new Audit(db, () => schedule.now);
    this.#schedule = schedule;
    this.#gate = gate;
    this.#note = note;
    this.#find = find;
  }

  rail(kind: Kind, deadlineMs: number): Rail {
    return railOf(
      deadlineMs,
      (instruction) => this.#send(kind, instruction, deadlineMs),
      (reference) => this.#ask(kind, reference, deadlineMs),
    );
  }

  #send(kind: Kind, instruction: RailInstruction, deadlineMs: number): Promise<SendAnswer> {
    const { chance } = this.#gate;
    const caller = invocation();
    const { reference } = instruction;
    const what = `${kind} ${reference}`;
    for (const listen of this.#sending) listen(instruction.instruction);
    const death = this.#gate.fate();
    const isLost = this.#gate.strikes('callLost');
    const isLate = this.#gate.strikes('callLate');
    const isBroken = this.#gate.strikes('callBroken');
    const isFailed = this.#gate.strikes('callFailed') || this.#isDown;
    const isSlow = this.#gate.strikes('settledLate');
    const refusal = this.#gate.strikes('refused') ? chance.oneOf(REFUSALS) : this.refuses(instruction.instruction);
    const takes = isLate
      ? deadlineMs + (chance.isTrue(0.5) ? LATE_MS[kind] : chance.between(0, LATE_MS[kind]))
      : this.#usualMs(deadlineMs);
    return new Promise((resolve) => {
      const answer = (given: SendAnswer, ms: number) =>
        this.#schedule.after(ms, () => {
          if (!caller?.isDead) resolve(given);
        });
      if (isFailed) return void answer({ kind: 'unanswered', cause: 'failed' }, isSlow ? takes : 5);
      if (death === 'dies before') return this.#gate.die(death, what);
      if (isLost || isLate || isSlow) answer({ kind: 'unanswered', cause: 'timed_out' }, deadlineMs);
      if (isLost) return;
      this.#schedule.after(takes, async () => {
        const sent = bodyOf(kind, instruction);
        const how = { isImmediate: !isSlow, rejectDuplicates: false, plan: this.#miningPlan(kind) };
        const arrived = await this.ledger.record(sent, refusal, how);
        this.#note(`${what} arrived: ${refusal ?? 'to be moved'}`);
        this.#judge(kind, reference, instruction.instruction, refusal);
        if (death === 'dies after') this.#gate.die(death, what);
        if (isSlow)
          this.#schedule.after(chance.between(1, SETTLES_MS), () => void this.ledger.applyOutcome(arrived.id));
        if (isLate || isSlow) return;
        if (isBroken) return void answer({ kind: 'unanswered', cause: 'failed' }, 1);
        answer(sendAnswer(outcomeNow(sent, arrived, { blockMs: 1, reorg: null })), 1);
      });
    });
  }

  /**
   * A rail that does not recognise repetitions relies on this: a reference arrives once, the next one arrives only after the
   * one before was refused, and nothing arrives after a permanent refusal.
   */
  #judge(kind: Kind, reference: string, instruction: string, refusal: RefusalCode | null): void {
    const before = this.#arrived.get(instruction);
    this.#arrived.set(instruction, { reference, refusal });
    for (const listen of this.#listeners) listen(instruction);
    if (!before) return;
    if (before.reference === reference) this.#find(`${reference} arrived twice`);
    else if (before.refusal === null && this.ledger.lookUp(kind, before.reference).status !== 'refused') {
      this.#find(`${reference} arrived although ${before.reference} is not refused`);
    }
    if (kind === 'transfers' && before.refusal && !RETRYABLE.has(before.refusal)) {
      this.#find(`${reference} arrived after ${before.refusal}`);
    }
  }

  get #isDown(): boolean {
    return this.#schedule.now < this.downUntil;
  }

  /** Usually a few milliseconds. */
  #usualMs(deadlineMs: number): number {
    return this.#gate.chance.between(1, this.#gate.chance.isTrue(0.2) ? deadlineMs / 2 : 40);
  }

  /** Calls `listen` when a process begins to send an instruction, in the context of that process. */
  onSend(listen: (instruction: string) => void): void {
    this.#sending.push(listen);
  }

  /** Calls `listen` when an instruction arrives. */
  onArrival(listen: (instruction: string) => void): void {
    this.#listeners.push(listen);
  }

  #miningPlan(kind: Kind): MiningPlan {
    if (kind !== 'broadcasts') return { blockMs: 0, reorg: null };
    const isReorganised = this.#gate.strikes('refused');
    const depth = this.#gate.chance.between(1, 2);
    return {
      blockMs: 3_000,
      reorg: isReorganised ? { depth, isDropped: this.#gate.chance.isTrue(0.5) } : null,
    };
  }

  #ask(kind: Kind, reference: string, deadlineMs: number): Promise<LookUpAnswer> {
    const caller = invocation();
    const death = this.#gate.fate();
    const isDown = this.#gate.strikes('lookupDown') || this.#isDown;
    const takes = isDown ? deadlineMs : this.#usualMs(deadlineMs);
    return new Promise((resolve) => {
      this.#schedule.after(takes, () => {
        if (caller?.isDead) return;
        if (death !== 'lives') return this.#gate.die(death, `the look-up of ${reference}`);
        resolve(isDown ? { kind: 'no_answer' } : this.#look(kind, reference));
      });
    });
  }

  #look(kind: Kind, reference: string): LookUpAnswer {
    const standing = this.ledger.lookUp(kind, reference);
    this.#note(`${kind} ${reference} looked up: ${standing.status}`);
    return lookUpAnswer(standing);
  }
}
