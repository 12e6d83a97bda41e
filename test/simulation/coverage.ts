import { APPROVAL_TRANSITIONS } from '../../lib/access/approval.ts';
import { IMPORT_TRANSITIONS } from '../../lib/imports/import.ts';
import { BATCH_TRANSITIONS } from '../../lib/payouts/batch.ts';
import { PAYOUT_TRANSITIONS } from '../../lib/payouts/payout.ts';
import { JOB_TRANSITIONS } from '../../lib/settlement/job.ts';
import { WITHDRAWAL_TRANSITIONS } from '../../lib/withdrawals/withdrawal.ts';
import type { Write } from './writes.ts';

/** Legal moves by kind of item. Kinds without an entry may make any move. */
const LEGAL: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  APPROVAL: APPROVAL_TRANSITIONS,
  // A batch that is discarded is deleted, and may be asked for again.
  BATCH: { ...BATCH_TRANSITIONS, discarding: ['creating'] },
  PAYOUT: PAYOUT_TRANSITIONS,
  WITHDRAWAL: WITHDRAWAL_TRANSITIONS,
  PAYMENT: { PENDING: ['APPROVED', 'DECLINED', 'FAILED'], APPROVED: [], DECLINED: [], FAILED: [] },
  JOB: JOB_TRANSITIONS,
  IMPORT: IMPORT_TRANSITIONS,
  // A late success counts. Every delivery that has ended can be replayed.
  DELIVERY: { pending: ['delivered', 'failed'], delivered: ['pending'], failed: ['pending', 'delivered'] },
};
/** A payout is `processing` while a worker holds it; this state is not stored. */
const UNSEEN = 'processing';

/**
 * The moves between states that were made, and the last fault in the process that made each. A move without any fault shows
 * where the simulation is too narrow.
 */
export class Coverage {
  /** How often each move, for example `PAYMENT: PENDING -> APPROVED`, followed which fault. */
  readonly moves = new Map<string, Map<string, number>>();
  readonly #statuses = new Map<string, string>();

  /** @returns a description of the move if it is illegal */
  note({ pk, sk, values }: Write, fault: string): string | undefined {
    const { status: to } = values;
    if (typeof to !== 'string') return undefined;
    const place = `${pk} ${sk}`;
    const from = this.#statuses.get(place) ?? 'none';
    this.#statuses.set(place, to);
    const [kind = ''] = sk.split('#');
    if (from === to) return undefined;
    this.#count(`${kind}: ${from} -> ${to}`, fault, 1);
    return isLegal(kind, from, to) ? undefined : `${pk} went from ${from} to ${to}`;
  }

  /** The states are those of an older copy now. */
  forget(): void {
    this.#statuses.clear();
  }

  add({ moves }: Coverage): void {
    for (const [move, faults] of moves) for (const [fault, times] of faults) this.#count(move, fault, times);
  }

  get triples(): number {
    return [...this.moves.values()].reduce((sum, faults) => sum + faults.size, 0);
  }

  /** Legal moves that were never made. */
  get unseen(): string[] {
    const all = Object.entries(LEGAL).flatMap(([kind, transitions]) =>
      Object.entries(transitions).flatMap(([from, next]) =>
        [from, ...next].includes(UNSEEN) ? [] : next.map((to) => `${kind}: ${from} -> ${to}`),
      ),
    );
    return all.filter((move) => !this.moves.has(move));
  }

  #count(move: string, fault: string, times: number): void {
    const faults = this.moves.get(move) ?? new Map<string, number>();
    this.moves.set(move, faults.set(fault, (faults.get(fault) ?? 0) + times));
  }
}

function isLegal(kind: string, from: string, to: string): boolean {
  const transitions = LEGAL[kind];
  if (!transitions || from === 'none') return true;
  const next = transitions[from] ?? [];
  return next.includes(to) || (next.includes(UNSEEN) && (transitions[UNSEEN] ?? []).includes(to));
}
