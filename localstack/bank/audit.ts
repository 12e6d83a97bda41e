import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { HAS_MOVED, KINDS } from './ledger.ts';
import { parseOrRefuse } from './request.ts';
import { HAS_RETURNED } from './returns.ts';

const summaryQuery = z.strictObject({ prefix: z.string().default(''), kind: z.enum(KINDS).optional() });

const pageQuery = z.strictObject({
  prefix: z.string().default(''),
  after: z.string().default(''),
  limit: z.coerce.number().int().min(1).max(5_000).default(1_000),
});

/** The arrivals of one instruction. `moves` > 1 is a double payment. */
type InstructionAudit = {
  readonly instruction: string;
  readonly moves: number;
  readonly moved_minor: string;
  readonly returned_minor: string;
  readonly currency: string;
  readonly attempts: number;
  readonly references: readonly string[];
};

type AuditSummary = {
  readonly instructions: number;
  readonly arrivals: number;
  readonly moved: number;
  readonly moved_more_than_once: number;
  /** Currency -> smallest units moved. */
  readonly totals: Readonly<Record<string, string>>;
};

/** A prefix as an index range. U+10FFFF sorts after every other character. */
const HAS_PREFIX = 'instruction >= :prefix AND instruction < :prefix || char(0x10FFFF)';
const IS_SELECTED = `${HAS_PREFIX} AND (:kind IS NULL OR kind = :kind)`;

/** Reports what was paid, by instruction. Throws BadRequest that names an invalid query parameter. */
export class Audit {
  readonly #now: () => number;
  readonly #counts: StatementSync;
  readonly #totals: StatementSync;
  readonly #page: StatementSync;

  constructor(db: DatabaseSync, now: () => number) {
    this.#now = now;
    this.#counts = db.prepare(
      `SELECT count(*) AS instructions, ifnull(sum(arrivals), 0) AS arrivals,
              count(*) FILTER (WHERE moves > 0) AS moved, count(*) FILTER (WHERE moves > 1) AS moved_more_than_once
       FROM (SELECT count(*) AS arrivals, sum(${HAS_MOVED}) AS moves
             FROM arrivals WHERE ${IS_SELECTED} GROUP BY instruction)`,
    );
    this.#totals = db.prepare(
      `SELECT currency, sum_minor(amount_minor) AS total FROM arrivals
       WHERE ${HAS_MOVED} AND ${IS_SELECTED} GROUP BY currency ORDER BY currency`,
    );
    this.#page = db.prepare(
      `SELECT instruction, sum(${HAS_MOVED}) AS moves,
              sum_minor(amount_minor) FILTER (WHERE ${HAS_MOVED}) AS moved_minor,
              (SELECT sum_minor(r.amount_minor) FROM returns r JOIN arrivals a ON a.id = r.arrival
               WHERE a.instruction = arrivals.instruction AND ${HAS_RETURNED}) AS returned_minor,
              min(currency) AS currency, count(*) AS attempts, json_group_array(DISTINCT reference) AS refs
       FROM arrivals WHERE ${HAS_PREFIX} AND instruction > :after
       GROUP BY instruction ORDER BY instruction LIMIT :limit`,
    );
  }

  summary(parameters: unknown): AuditSummary {
    const { prefix, kind = null } = parseOrRefuse(summaryQuery, parameters);
    const now = this.#now();
    const counts = this.#counts.get({ prefix, kind, now });
    const totals = this.#totals.all({ prefix, kind, now }).map((row) => [String(row.currency), String(row.total)]);
    return {
      instructions: Number(counts?.instructions),
      arrivals: Number(counts?.arrivals),
      moved: Number(counts?.moved),
      moved_more_than_once: Number(counts?.moved_more_than_once),
      totals: Object.fromEntries(totals),
    };
  }

  /** One page, sorted by instruction. `next` is the `after` of the next page, null on the last. */
  instructions(parameters: unknown): { instructions: readonly InstructionAudit[]; next: string | null } {
    const { prefix, after, limit } = parseOrRefuse(pageQuery, parameters);
    const found = this.#page.all({ prefix, after, limit: limit + 1, now: this.#now() });
    const instructions = found.slice(0, limit).map((row) => ({
      instruction: String(row.instruction),
      moves: Number(row.moves),
      moved_minor: String(row.moved_minor),
      returned_minor: String(row.returned_minor),
      currency: String(row.currency),
      attempts: Number(row.attempts),
      references: JSON.parse(String(row.refs)) as string[],
    }));
    return { instructions, next: found.length > limit ? (instructions.at(-1)?.instruction ?? null) : null };
  }
}
