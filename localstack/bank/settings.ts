import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { REFUSALS } from './refusals.ts';
import { parseOrRefuse } from './request.ts';

const MODES = [
  'happy',
  'latency',
  'timeout',
  'timeout-after-effect',
  '500',
  'declined',
  'garbage',
  'random',
  'reorg',
] as const;

/** What a declined instruction can be declined for: duplicates and what is dropped have switches of their own. */
const { DUPLICATE_REFERENCE: _, TRANSACTION_DROPPED: __, ...DECLINES } = REFUSALS;
const declineCodes = Object.keys(DECLINES) as (keyof typeof DECLINES)[];

const milliseconds = z.int().min(0).max(60_000);

const settingsSchema = z.strictObject({
  mode: z.enum(MODES),
  /** The refusal of mode `declined`. */
  code: z.enum(declineCodes),
  /** Shortest and longest time between an instruction's arrival and its outcome. */
  latency_ms: z.tuple([milliseconds, milliseconds]).refine(([min, max]) => min <= max, 'the shortest must come first'),
  /** With the reference, decides every draw: the same seed and references give the same run. */
  seed: z.union([z.int(), z.string().min(1).max(100)]),
  duplicates: z.enum(['pay', 'reject']),
  lookups: z.enum(['ok', 'down']),
  /** How long a block of the chain takes; 0: broadcasts are final at once. */
  block_ms: z.int().min(0).max(600_000),
  /** Mode `reorg`: how many confirmations a broadcast gets before it is undone. */
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
  block_ms: 0,
  reorg_depth: 1,
};

/** Mode `latency` with no latency set would be `happy` under another name, so it brings its own. */
export function latencyRange({ mode, latency_ms }: Settings): readonly [min: number, max: number] {
  return mode === 'latency' && latency_ms[1] === 0 ? [50, 500] : latency_ms;
}

/** How the bank behaves, kept in the ledger file so that a restarted bank behaves as the killed one did. */
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

  /** Changes the given fields and keeps the others. Throws BadRequest, naming the field, when one is not valid. */
  change(fields: unknown): Settings {
    const changes = parseOrRefuse(z.record(z.string(), z.unknown()), fields);
    const next = parseOrRefuse(settingsSchema, { ...this.#current, ...changes });
    this.#db.prepare('INSERT OR REPLACE INTO settings (id, settings) VALUES (1, ?)').run(JSON.stringify(next));
    this.#current = next;
    return next;
  }
}
