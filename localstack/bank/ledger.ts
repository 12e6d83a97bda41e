import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { confirmationsAt, firstConfirmations, type MiningPlan, transactionHash } from './chain.ts';
import { GroupCommit } from './group-commit.ts';
import { REFUSALS, type RefusalCode } from './refusals.ts';
import { type GivenBack, type PlannedReturn, Returns } from './returns.ts';

/** The three rails. References are unique per rail. */
export const KINDS = ['transfers', 'charges', 'broadcasts'] as const;
export type Kind = (typeof KINDS)[number];

export type Instruction = {
  readonly kind: Kind;
  readonly reference: string;
  readonly instruction: string;
  /** Decimal digits, in the smallest unit of the currency. */
  readonly amountMinor: string;
  readonly currency: string;
};

/** The status of a reference: the body of an answer, without the reference. */
export type ReferenceStatus =
  | { readonly status: 'completed'; readonly bank_id: string; readonly confirmations?: number }
  | ({ readonly status: 'returned'; readonly bank_id: string } & GivenBack)
  | { readonly status: 'refused'; readonly code: RefusalCode; readonly message: string }
  | { readonly status: 'processing' }
  | { readonly status: 'not_found' };

/** A recorded arrival. `refusal: null` means that the money moves. */
export type Arrival = { readonly id: number; readonly refusal: RefusalCode | null };

/** SQL: at `:now` a reorganisation has dropped the arrival. */
const IS_DROPPED = 'drops AND mined_at + reorg_depth * block_ms <= :now';
/** SQL: the arrival has moved money, as the audit counts it. */
export const HAS_MOVED = `(moved AND (doubled OR NOT (${IS_DROPPED}) OR mined_at IS NULL))`;
/** SQL: the arrival has moved money, or will. */
const MOVES = `(refusal IS NULL AND (mined_at IS NULL OR NOT (${IS_DROPPED})))`;

/** Records every arrival. All promises settle after the commit. */
export class Ledger {
  readonly #db: DatabaseSync;
  readonly #writes: GroupCommit;
  readonly #insert: StatementSync;
  readonly #applyOutcome: StatementSync;
  readonly #seenBefore: StatementSync;
  readonly #markDoubled: StatementSync;
  readonly #lookUp: StatementSync;
  readonly #now: () => number;
  readonly returns: Returns;

  /** Applies the outcomes of arrivals that were still being processed when the bank was killed. */
  constructor(db: DatabaseSync, now: () => number) {
    db.prepare('UPDATE arrivals SET settled = 1, mined_at = ? WHERE settled = 0').run(now());
    this.#db = db;
    this.#now = now;
    this.#writes = new GroupCommit(db);
    this.returns = new Returns(db);
    this.#insert = db.prepare(
      `INSERT INTO arrivals (kind, reference, instruction, amount_minor, currency, refusal, settled, mined_at, block_ms,
                             reorg_depth, drops, doubled)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#applyOutcome = db.prepare('UPDATE arrivals SET settled = 1, mined_at = ? WHERE id = ?');
    this.#seenBefore = db.prepare('SELECT 1 FROM arrivals WHERE reference = ? AND kind = ? LIMIT 1');
    this.#markDoubled = db.prepare(`UPDATE arrivals SET doubled = 1 WHERE instruction = :instruction AND ${MOVES}`);
    // Of several arrivals: first one that moved money, then one in processing, then the last refusal, duplicates last.
    this.#lookUp = db.prepare(
      `SELECT id, settled, refusal, amount_minor, mined_at, block_ms, reorg_depth, drops FROM arrivals
       WHERE reference = :reference AND kind = :kind
       ORDER BY (settled AND ${MOVES}) DESC, settled, refusal IS 'DUPLICATE_REFERENCE', id DESC LIMIT 1`,
    );
  }

  /**
   * Records an arrival. With `isImmediate` its outcome takes effect in the same commit, otherwise in {@link applyOutcome}.
   * With `rejectDuplicates` a known reference is refused with DUPLICATE_REFERENCE. With `givesBack` its money goes back later.
   */
  record(
    instruction: Instruction,
    refusal: RefusalCode | null,
    options: {
      isImmediate: boolean;
      rejectDuplicates: boolean;
      plan: MiningPlan;
      givesBack?: Omit<PlannedReturn, 'amountMinor'> | undefined;
    },
  ): Promise<Arrival> {
    const { kind, reference, amountMinor, currency } = instruction;
    return this.#writes.run(() => {
      const rejected = options.rejectDuplicates && this.#seenBefore.get(reference, kind) !== undefined;
      const outcome = rejected ? 'DUPLICATE_REFERENCE' : refusal;
      const settled = rejected || options.isImmediate ? 1 : 0;
      const { blockMs } = options.plan;
      // Only a chain is reorganised. On the other rails a drop would hide a payment from the audit.
      const reorg = kind === 'broadcasts' ? options.plan.reorg : null;
      const now = this.#now();
      const isSecond =
        outcome === null && this.#markDoubled.run({ instruction: instruction.instruction, now }).changes > 0;
      const row = [kind, reference, instruction.instruction, amountMinor, currency, outcome, settled];
      const mining = [settled ? now : null, blockMs, reorg?.depth ?? null, reorg?.isDropped ? 1 : 0, isSecond ? 1 : 0];
      const id = Number(this.#insert.run(...row, ...mining).lastInsertRowid);
      if (options.givesBack && outcome === null) this.returns.insert(id, { ...options.givesBack, amountMinor }, now);
      return { id, refusal: outcome };
    });
  }

  /** Makes the outcome of an arrival take effect. False if the ledger was emptied or closed before that. */
  async applyOutcome(id: number): Promise<boolean> {
    if (!this.#db.isOpen) return false;
    return this.#writes.run(() => this.#applyOutcome.run(this.#now(), id).changes === 1);
  }

  /**
   * Gives back money of a transfer, by default all that is not given back yet.
   * @returns the id of the return; undefined if the transfer has not moved so much, or not yet
   */
  giveBack(
    reference: string,
    { code, delayMs, amountMinor }: Omit<PlannedReturn, 'amountMinor'> & { amountMinor?: string | undefined },
  ): Promise<number | undefined> {
    return this.#writes.run(() => {
      const now = this.#now();
      const row = this.#lookUp.get({ reference, kind: 'transfers', now });
      if (!row || row.settled === 0 || row.refusal !== null) return undefined;
      const left = BigInt(String(row.amount_minor)) - this.returns.plannedMinor(Number(row.id));
      const minor = amountMinor === undefined ? left : BigInt(amountMinor);
      if (minor <= 0n || minor > left) return undefined;
      return this.returns.insert(Number(row.id), { code, delayMs, amountMinor: `${minor}` }, now);
    });
  }

  lookUp(kind: Kind, reference: string): ReferenceStatus {
    this.flush();
    const now = this.#now();
    const row = this.#lookUp.get({ reference, kind, now });
    if (!row) return { status: 'not_found' };
    if (row.settled === 0) return { status: 'processing' };
    const arrival = { id: Number(row.id), refusal: row.refusal as RefusalCode | null };
    const givenBack = kind === 'transfers' ? this.returns.givenBackOf(arrival.id, now) : undefined;
    if (givenBack) return { status: 'returned', bank_id: bankIdOf(arrival), ...givenBack };
    if (kind !== 'broadcasts') return outcomeOf(arrival);
    const [minedAt, blockMs] = [Number(row.mined_at ?? now), Number(row.block_ms ?? 0)];
    const undoneAt = row.reorg_depth === null ? null : minedAt + Number(row.reorg_depth) * blockMs;
    const confirmations = confirmationsAt({ minedAt, blockMs, undoneAt, isDropped: row.drops === 1 }, now);
    return broadcastOutcomeOf(arrival, reference, confirmations);
  }

  /** Makes every arrival visible to readers of the database. */
  flush(): void {
    this.#writes.flush();
  }

  /** Deletes every arrival. Arrivals in processing never take effect and get no answer. */
  empty(): void {
    this.flush();
    this.#db.exec('DELETE FROM arrivals; DELETE FROM returns');
  }

  /** Arrivals in processing take effect when the ledger is next opened. */
  close(): void {
    this.flush();
    this.#db.close();
  }
}

type Outcome = Extract<ReferenceStatus, { status: 'completed' | 'refused' }>;

/** The answer for an instruction that has just taken effect. */
export function outcomeNow({ kind, reference }: Instruction, arrival: Arrival, plan: MiningPlan): Outcome {
  return kind === 'broadcasts' ? broadcastOutcomeOf(arrival, reference, firstConfirmations(plan)) : outcomeOf(arrival);
}

/** The answer for an arrival whose outcome has taken effect. */
function outcomeOf(arrival: Arrival): Outcome {
  if (arrival.refusal) return refused(arrival.refusal);
  return { status: 'completed', bank_id: bankIdOf(arrival) };
}

const bankIdOf = ({ id }: Arrival) => `BANK-${String(id).padStart(10, '0')}`;

/** The answer for a broadcast. `confirmations` is undefined if it was dropped. */
function broadcastOutcomeOf(arrival: Arrival, reference: string, confirmations: number | undefined): Outcome {
  if (arrival.refusal) return refused(arrival.refusal);
  if (confirmations === undefined) return refused('TRANSACTION_DROPPED');
  return { status: 'completed', bank_id: transactionHash(arrival.id, reference), confirmations };
}

function refused(code: RefusalCode) {
  return { status: 'refused', code, message: REFUSALS[code].message } as const;
}
