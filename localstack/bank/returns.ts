import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { draw } from './draw-outcome.ts';
import type { Settings } from './settings.ts';

/** Money that the bank gives back. */
export type PlannedReturn = { readonly code: string; readonly amountMinor: string; readonly delayMs: number };

/** What the bank has given back of one arrival. */
export type GivenBack = { readonly returned_minor: string; readonly code: string; readonly returned_at: string };

/** A return that the client does not know of. */
export type DueReturn = {
  readonly id: number;
  readonly reference: string;
  readonly amount_minor: string;
  readonly currency: string;
  readonly code: string;
  readonly at: number;
};

/** The code of mode `returns`: the account was closed (ISO 20022, external status reason codes). */
const CLOSED_ACCOUNT = 'AC04';

/** Whether and when the bank gives a transfer back that arrives now: a pure function of settings and reference. */
export function drawReturn(settings: Settings, reference: string): Omit<PlannedReturn, 'amountMinor'> | undefined {
  const { returns_percent: percent, returns_after_ms: after } = settings;
  if (draw(settings, reference, 'return') * 100 >= percent) return undefined;
  const [min, max] = after;
  const delayMs = min + Math.floor(draw(settings, reference, 'return after') * (max - min + 1));
  return { code: CLOSED_ACCOUNT, delayMs };
}

/** SQL: the return has taken effect at `:now`. `r` is the return, `a` its arrival. */
export const HAS_RETURNED = '(r.at <= :now AND a.settled)';

/** The returns of a ledger. A return takes effect when its time has come, whether or not the bank runs then. */
export class Returns {
  readonly #insert: StatementSync;
  readonly #planned: StatementSync;
  readonly #givenBack: StatementSync;
  readonly #due: StatementSync;
  readonly #markDelivered: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO returns (arrival, code, amount_minor, at) VALUES (?, ?, ?, ?)');
    this.#planned = db.prepare('SELECT sum_minor(amount_minor) AS minor FROM returns WHERE arrival = ?');
    this.#givenBack = db.prepare(
      `SELECT r.code, r.at, (SELECT sum_minor(amount_minor) FROM returns WHERE arrival = :arrival AND at <= :now) AS minor
       FROM returns r JOIN arrivals a ON a.id = r.arrival
       WHERE r.arrival = :arrival AND ${HAS_RETURNED} ORDER BY r.at DESC, r.id DESC LIMIT 1`,
    );
    this.#due = db.prepare(
      `SELECT r.id, a.reference, r.amount_minor, a.currency, r.code, r.at
       FROM returns r JOIN arrivals a ON a.id = r.arrival
       WHERE r.delivered = 0 AND ${HAS_RETURNED} ORDER BY r.at, r.id LIMIT :limit`,
    );
    this.#markDelivered = db.prepare('UPDATE returns SET delivered = 1 WHERE id = ?');
  }

  /** Call it within a transaction. */
  insert(arrival: number, { code, amountMinor, delayMs }: PlannedReturn, now: number): number {
    return Number(this.#insert.run(arrival, code, amountMinor, now + delayMs).lastInsertRowid);
  }

  /** How much of an arrival goes back, also what is not due yet. */
  plannedMinor(arrival: number): bigint {
    return BigInt(String(this.#planned.get(arrival)?.minor ?? 0));
  }

  givenBackOf(arrival: number, now: number): GivenBack | undefined {
    const row = this.#givenBack.get({ arrival, now });
    if (!row) return undefined;
    const returned_at = new Date(Number(row.at)).toISOString();
    return { returned_minor: String(row.minor), code: String(row.code), returned_at };
  }

  due(now: number, limit: number): DueReturn[] {
    return this.#due.all({ now, limit }) as unknown as DueReturn[];
  }

  markDelivered(id: number): void {
    this.#markDelivered.run(id);
  }
}
