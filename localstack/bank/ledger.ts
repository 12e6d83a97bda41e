import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { confirmationsAt, type Fate, transactionHash } from './chain.ts';
import { GroupCommit } from './group-commit.ts';
import { REFUSALS, type RefusalCode } from './refusals.ts';

/** The three rails share one machinery; a reference belongs to its rail. */
export const KINDS = ['transfers', 'charges', 'broadcasts'] as const;
export type Kind = (typeof KINDS)[number];

export type Instruction = {
  readonly kind: Kind;
  readonly reference: string;
  readonly instruction: string;
  /** Decimal digits, in the currency's smallest unit. */
  readonly amountMinor: string;
  readonly currency: string;
};

/** What the bank says of a reference: the body of a contract answer, but for the reference. */
export type Standing =
  | { readonly status: 'completed'; readonly bank_id: string; readonly confirmations?: number }
  | { readonly status: 'refused'; readonly code: RefusalCode; readonly message: string }
  | { readonly status: 'processing' }
  | { readonly status: 'not_found' };

/** An arrival that is on record. Its `refusal` (null: the money moves) takes effect when it is settled. */
export type Arrival = { readonly id: number; readonly refusal: RefusalCode | null };

/** In SQL: at the moment `:now` the arrival is undone for good. */
const IS_DROPPED = 'drops AND mined_at + reorg_depth * block_ms <= :now';
/** It has moved money, for all that a judge may count. */
export const HAS_MOVED = `(moved AND (doubled OR NOT (${IS_DROPPED}) OR mined_at IS NULL))`;
/** It is where the money is, or may come to be. */
const STANDS = `(refusal IS NULL AND (mined_at IS NULL OR NOT (${IS_DROPPED})))`;

/** Every instruction that ever arrived. All promises settle after the commit. */
export class Ledger {
  readonly #db: DatabaseSync;
  readonly #writes: GroupCommit;
  readonly #insert: StatementSync;
  readonly #settle: StatementSync;
  readonly #seenBefore: StatementSync;
  readonly #double: StatementSync;
  readonly #standing: StatementSync;
  readonly #now: () => number;

  /** A bank that died had accepted what it was still processing: that takes effect now, as drawn on arrival. */
  constructor(db: DatabaseSync, now: () => number) {
    db.prepare('UPDATE arrivals SET settled = 1, mined_at = ? WHERE settled = 0').run(now());
    this.#db = db;
    this.#now = now;
    this.#writes = new GroupCommit(db);
    this.#insert = db.prepare(
      `INSERT INTO arrivals (kind, reference, instruction, amount_minor, currency, refusal, settled, mined_at, block_ms,
                             reorg_depth, drops, doubled)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#settle = db.prepare('UPDATE arrivals SET settled = 1, mined_at = ? WHERE id = ?');
    this.#seenBefore = db.prepare('SELECT 1 FROM arrivals WHERE reference = ? AND kind = ? LIMIT 1');
    this.#double = db.prepare(`UPDATE arrivals SET doubled = 1 WHERE instruction = :instruction AND ${STANDS}`);
    // Of several arrivals one that moved money speaks first, then a pending one, then the last refusal; a rejected
    // duplicate says nothing about the arrival that it repeats.
    this.#standing = db.prepare(
      `SELECT id, settled, refusal, mined_at, block_ms, reorg_depth, drops FROM arrivals
       WHERE reference = :reference AND kind = :kind
       ORDER BY (settled AND ${STANDS}) DESC, settled, refusal IS 'DUPLICATE_REFERENCE', id DESC LIMIT 1`,
    );
  }

  /**
   * Records an arrival. With `settled` its outcome takes effect in the same commit, else with {@link settle}.
   * With `rejectDuplicates` a reference that is already on record is refused, whatever was drawn for it.
   */
  record(
    instruction: Instruction,
    refusal: RefusalCode | null,
    options: { settled: boolean; rejectDuplicates: boolean; fate: Fate },
  ): Promise<Arrival> {
    const { kind, reference, amountMinor, currency } = instruction;
    return this.#writes.run(() => {
      const rejected = options.rejectDuplicates && this.#seenBefore.get(reference, kind) !== undefined;
      const outcome = rejected ? 'DUPLICATE_REFERENCE' : refusal;
      const settled = rejected || options.settled ? 1 : 0;
      const { blockMs } = options.fate;
      // Only a chain can be reorganised; on the other rails a drop would make the judge forget what was paid.
      const reorg = kind === 'broadcasts' ? options.fate.reorg : null;
      const now = this.#now();
      const isSecond = outcome === null && this.#double.run({ instruction: instruction.instruction, now }).changes > 0;
      const row = [kind, reference, instruction.instruction, amountMinor, currency, outcome, settled];
      const onChain = [settled ? now : null, blockMs, reorg?.depth ?? null, reorg?.isDropped ? 1 : 0, isSecond ? 1 : 0];
      return { id: Number(this.#insert.run(...row, ...onChain).lastInsertRowid), refusal: outcome };
    });
  }

  /** Lets an arrival's outcome take effect. False when the ledger was emptied or closed since it was recorded. */
  async settle(id: number): Promise<boolean> {
    if (!this.#db.isOpen) return false;
    return this.#writes.run(() => this.#settle.run(this.#now(), id).changes === 1);
  }

  standing(kind: Kind, reference: string): Standing {
    this.flush();
    const now = this.#now();
    const row = this.#standing.get({ reference, kind, now });
    if (!row) return { status: 'not_found' };
    if (row.settled === 0) return { status: 'processing' };
    const arrival = { id: Number(row.id), refusal: row.refusal as RefusalCode | null };
    if (kind !== 'broadcasts') return outcomeOf(arrival);
    const [minedAt, blockMs] = [Number(row.mined_at ?? now), Number(row.block_ms ?? 0)];
    const undoneAt = row.reorg_depth === null ? null : minedAt + Number(row.reorg_depth) * blockMs;
    return onChain(
      arrival,
      reference,
      confirmationsAt({ minedAt, blockMs, undoneAt, isDropped: row.drops === 1 }, now),
    );
  }

  /** Makes all that has arrived visible to a reader of the database. */
  flush(): void {
    this.#writes.flush();
  }

  /** Forgets every arrival. Those being processed never take effect, and their senders get no answer. */
  empty(): void {
    this.flush();
    this.#db.exec('DELETE FROM arrivals');
  }

  /** What is still being processed takes effect when the ledger is next opened. */
  close(): void {
    this.flush();
    this.#db.close();
  }
}

type Outcome = Extract<Standing, { status: 'completed' | 'refused' }>;

/** What the bank says of an arrival whose outcome has taken effect. */
export function outcomeOf({ id, refusal }: Arrival): Outcome {
  if (refusal) return refused(refusal);
  return { status: 'completed', bank_id: `BANK-${String(id).padStart(10, '0')}` };
}

/** The same of a broadcast; `confirmations`: undefined if it was undone for good. */
export function onChain(arrival: Arrival, reference: string, confirmations: number | undefined): Outcome {
  if (arrival.refusal) return refused(arrival.refusal);
  if (confirmations === undefined) return refused('TRANSACTION_DROPPED');
  return { status: 'completed', bank_id: transactionHash(arrival.id, reference), confirmations };
}

function refused(code: RefusalCode) {
  return { status: 'refused', code, message: REFUSALS[code].message } as const;
}
