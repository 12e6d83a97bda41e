import type { DatabaseSync, StatementSync } from 'node:sqlite';
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
  | { readonly status: 'completed'; readonly bank_id: string }
  | { readonly status: 'refused'; readonly code: RefusalCode; readonly message: string }
  | { readonly status: 'processing' }
  | { readonly status: 'never_seen' };

/** An arrival that is on record. Its `refusal` (null: the money moves) takes effect when it is settled. */
export type Arrival = { readonly id: number; readonly refusal: RefusalCode | null };

/** Every instruction that ever arrived. All promises settle after the commit. */
export class Ledger {
  readonly #db: DatabaseSync;
  readonly #writes: GroupCommit;
  readonly #insert: StatementSync;
  readonly #settle: StatementSync;
  readonly #seenBefore: StatementSync;
  readonly #standing: StatementSync;

  /** A bank that died had accepted what it was still processing: that takes effect now, as drawn on arrival. */
  constructor(db: DatabaseSync) {
    db.exec('UPDATE arrivals SET settled = 1 WHERE settled = 0');
    this.#db = db;
    this.#writes = new GroupCommit(db);
    this.#insert = db.prepare(
      `INSERT INTO arrivals (kind, reference, instruction, amount_minor, currency, refusal, settled)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#settle = db.prepare('UPDATE arrivals SET settled = 1 WHERE id = ?');
    this.#seenBefore = db.prepare('SELECT 1 FROM arrivals WHERE reference = ? AND kind = ? LIMIT 1');
    // Of several arrivals one that moved money speaks first, then a pending one, then the last refusal; a rejected
    // duplicate says nothing about the arrival that it repeats.
    this.#standing = db.prepare(
      `SELECT id, settled, refusal FROM arrivals WHERE reference = ? AND kind = ?
       ORDER BY moved DESC, settled, refusal = 'DUPLICATE_REFERENCE', id DESC LIMIT 1`,
    );
  }

  /**
   * Records an arrival. With `settled` its outcome takes effect in the same commit, else with {@link settle}.
   * With `rejectDuplicates` a reference that is already on record is refused, whatever was drawn for it.
   */
  record(
    instruction: Instruction,
    refusal: RefusalCode | null,
    options: { settled: boolean; rejectDuplicates: boolean },
  ): Promise<Arrival> {
    const { kind, reference, amountMinor, currency } = instruction;
    return this.#writes.run(() => {
      const rejected = options.rejectDuplicates && this.#seenBefore.get(reference, kind) !== undefined;
      const outcome = rejected ? 'DUPLICATE_REFERENCE' : refusal;
      const settled = rejected || options.settled ? 1 : 0;
      const row = [kind, reference, instruction.instruction, amountMinor, currency, outcome, settled];
      return { id: Number(this.#insert.run(...row).lastInsertRowid), refusal: outcome };
    });
  }

  /** Lets an arrival's outcome take effect. False when the ledger was emptied or closed since it was recorded. */
  async settle(id: number): Promise<boolean> {
    if (!this.#db.isOpen) return false;
    return this.#writes.run(() => this.#settle.run(id).changes === 1);
  }

  standing(kind: Kind, reference: string): Standing {
    this.flush();
    const row = this.#standing.get(reference, kind);
    if (!row) return { status: 'never_seen' };
    if (row.settled === 0) return { status: 'processing' };
    return outcomeOf({ id: Number(row.id), refusal: row.refusal as RefusalCode | null });
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

/** What the bank says of an arrival whose outcome has taken effect. */
export function outcomeOf({ id, refusal }: Arrival): Extract<Standing, { status: 'completed' | 'refused' }> {
  if (refusal) return { status: 'refused', code: refusal, message: REFUSALS[refusal].message };
  return { status: 'completed', bank_id: `BANK-${String(id).padStart(10, '0')}` };
}
