import { z } from 'zod';

const milliseconds = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const count = (fallback: number) => z.coerce.number().int().positive().default(fallback);

/** Kept free at the end of a lease, for clocks that differ between workers. */
export const LEASE_MARGIN_MS = 1_000;

/** Every setting of the service, its unit and its default. The README's table is checked against this by a test. */
export const configSchema = z
  .object({
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    PAYOUTS_TABLE: z.string().min(1),
    CHUNKS_QUEUE: z.string().min(1),
    IMPORTS_QUEUE: z.string().min(1),
    TRANSACTIONS_TABLE: z.string().min(1),
    SETTLEMENTS_TABLE: z.string().min(1),
    ORDERS_TABLE: z.string().min(1),
    WALLETS_TABLE: z.string().min(1),
    OUTBOX_TABLE: z.string().min(1),
    SYSTEM_TABLE: z.string().min(1),
    METRICS_TABLE: z.string().min(1),
    AUDIT_TABLE: z.string().min(1),
    /** ARN of the topic. */
    EVENTS_TOPIC: z.string().min(1),
    /** Uploads to import, and the files that settlements make. */
    FILES_BUCKET: z.string().min(1),
    /** ARN of the state machine. */
    SETTLEMENT_MACHINE: z.string().min(1),
    /** SHA-256 of each valid API key, hex, comma-separated. Empty: every key is refused. */
    API_KEY_HASHES: z.string().default(''),
    BANK_URL: z.url(),
    BANK_DEADLINE_MS: milliseconds(2_000),
    /** What charges payments out of wallets. */
    GATEWAY_URL: z.url(),
    /** One call to it. */
    GATEWAY_DEADLINE_MS: milliseconds(2_000),
    /** All calls about one payment that its request waits for. */
    GATEWAY_BUDGET_MS: z.coerce.number().int().positive().max(20_000).default(8_000),
    /** Calls to the bank under way at once, per Lambda container; times the queue's maximumConcurrency for the whole. */
    BANK_MAX_IN_FLIGHT: count(10),
    BANK_BREAKER_FAILURES: count(50),
    BANK_BREAKER_OPEN_MS: milliseconds(1_000),
    /** A chunk's number has four digits, so the largest batch must fit in 9,999 chunks. */
    CHUNK_SIZE: z.coerce.number().int().min(2).max(50).default(50),
    CHUNK_LEASE_MS: milliseconds(10_000),
    /** Rows of a file that are stored and noted together: the more, the fewer items a merchant's day lies in. */
    IMPORT_WINDOW_ROWS: count(50_000),
    PAYOUT_MAX_ATTEMPTS: count(3),
    RETRY_BASE_DELAY_MS: milliseconds(200),
    RETRY_MAX_DELAY_MS: milliseconds(60_000),
    RECOVERY_AFTER_MS: milliseconds(30_000),
  })
  .refine(({ CHUNK_LEASE_MS, BANK_DEADLINE_MS }) => CHUNK_LEASE_MS >= 2 * BANK_DEADLINE_MS + LEASE_MARGIN_MS, {
    path: ['CHUNK_LEASE_MS'],
    message: 'must leave time for a transfer and a look-up: at least twice BANK_DEADLINE_MS and a second',
  })
  .refine(({ GATEWAY_BUDGET_MS, GATEWAY_DEADLINE_MS }) => GATEWAY_BUDGET_MS >= 2 * GATEWAY_DEADLINE_MS, {
    path: ['GATEWAY_BUDGET_MS'],
    message: 'must leave time for a charge and a look-up: at least twice GATEWAY_DEADLINE_MS',
  });
export type Config = z.infer<typeof configSchema>;

let parsed: Config | undefined;

/** The only reader of the environment; read when first needed. @throws ZodError naming every setting that is wrong */
export function config(): Config {
  parsed ??= configSchema.parse(process.env);
  return parsed;
}

/** Of the log alone, so that there is one even for a setting that is wrong. */
export function logLevel(): Config['LOG_LEVEL'] {
  return configSchema.shape.LOG_LEVEL.catch('info').parse(process.env.LOG_LEVEL);
}
