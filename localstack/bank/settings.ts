import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { acceptsSchema } from './authenticate.ts';
import { MODES } from './modes.ts';
import { REFUSALS } from './refusals.ts';
import { parseOrRefuse } from './request.ts';

/** The codes of mode `declined`. Duplicates and dropped transactions have settings of their own. */
const { DUPLICATE_REFERENCE: _, TRANSACTION_DROPPED: __, ...DECLINES } = REFUSALS;
const declineCodes = Object.keys(DECLINES) as (keyof typeof DECLINES)[];

const milliseconds = z.int().min(0).max(60_000);

const range = z
  .tuple([milliseconds, milliseconds])
  .refine(([min, max]) => min <= max, 'the first number must not exceed the second');

const settingsSchema = z.strictObject({
  mode: z.enum(MODES),
  /** The refusal of mode `declined`. */
  code: z.enum(declineCodes),
  /** Shortest and longest time from arrival to outcome. */
  latency_ms: range,
  /** The same seed and the same references give the same outcomes. */
  seed: z.union([z.int(), z.string().min(1).max(100)]),
  duplicates: z.enum(['pay', 'reject']),
  lookups: z.enum(['ok', 'down']),
  /** The share of transfers whose money the bank gives back, and when after it has moved it. */
  returns_percent: z.number().min(0).max(100),
  returns_after_ms: range,
  /** Callers need one of these. Empty: none. */
  accepts: acceptsSchema,
  notifications: z.enum(['ok', 'twice', 'down']),
  /** Time between blocks. With 0 broadcasts are final at once. */
  block_ms: z.int().min(0).max(600_000),
  /** Mode `reorg`: the number of confirmations after which a broadcast is undone. */
  reorg_depth: z.int().min(1).max(1_000),
});

export type Settings = z.infer<typeof settingsSchema>;

const INITIAL: Settings = {
  mode: 'happy',
  code: 'INVALID_BANK_ACCOUNT',
  latency_ms: [0, 0],
  seed: 1,
  duplicates: 'pay',
  lookups: 'ok',
  returns_percent: 0,
  returns_after_ms: [1_000, 1_000],
  notifications: 'ok',
  accepts: [],
  block_ms: 0,
  reorg_depth: 1,
};

/** Mode `latency` has a default of its own if no latency is set. */
export function latencyRange({
  mode,
  latency_ms,
}: Pick<Settings, 'mode' | 'latency_ms'>): readonly [min: number, max: number] {
  return mode === 'latency' && latency_ms[1] === 0 ? [50, 500] : latency_ms;
}

/** Stores the settings in the ledger file, so that they survive a restart. */
export class SettingsStore {
  readonly #db: DatabaseSync;
  #current: Settings;

  constructor(db: DatabaseSync) {
    this.#db = db;
    const row = db.prepare('SELECT settings FROM settings').get();
    this.#current = row ? settingsSchema.parse({ ...INITIAL, ...JSON.parse(String(row.settings)) }) : INITIAL;
  }

  get current(): Settings {
    return this.#current;
  }

  /** Changes the given fields and keeps the others. Throws BadRequest that names an invalid field. */
  change(fields: unknown): Settings {
    const changes = parseOrRefuse(z.record(z.string(), z.unknown()), fields);
    const next = parseOrRefuse(settingsSchema, { ...this.#current, ...changes });
    this.#db.prepare('INSERT OR REPLACE INTO settings (id, settings) VALUES (1, ?)').run(JSON.stringify(next));
    this.#current = next;
    return next;
  }
}
