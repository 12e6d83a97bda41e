import ms from 'ms';
import { z } from 'zod';
import { problemsOfStage } from './stage.ts';
import { assetsSchema, DEFAULT_ASSETS } from './withdrawals/assets.ts';

const milliseconds = (fallback: number) => z.coerce.number().int().positive().default(fallback);
/** A duration in the syntax of `ms`: `30s`, `24h`. The parsed value is in milliseconds. */
const duration = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const parsed = ms(text as ms.StringValue) as number | undefined;
      if (parsed !== undefined && parsed > 0) return parsed;
      context.addIssue({ code: 'custom', message: 'must be a duration such as 500ms, 30s or 24h' });
      return z.NEVER;
    });
const SECRET_NAME = 'must be the name or ARN of a secret, none, or file:/path';
const count = (fallback: number) => z.coerce.number().int().positive().default(fallback);

/** The most by which the clocks of two workers may differ. */
const CLOCK_SKEW_MS = 1_000;
/** By any worker's clock: a call that timed out can still reach its rail for this long. */
export const LATE_CALL_MS = 1_000 + CLOCK_SKEW_MS;
/** The same for the gateway, which is farther away. */
export const LATE_CHARGE_MS = 5_000 + CLOCK_SKEW_MS;

/** The name or ARN of a secret in Secrets Manager; `none`: the rail asks for no credentials. */
const railSecret = z
  .string()
  .regex(
    /^(|none|file:\/.+|arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+|[\w/+=.@-]{1,512})$/,
    SECRET_NAME,
  )
  .default('');

/** Every setting of the service, its unit and its default. A test checks the documented table against this. */
export const configSchema = z
  .object({
    /**
     * Secrets of API keys begin with `sk_live_` in a stage whose name begins with `prod`, and with `sk_test_` elsewhere. Each stage
     * but `local` refuses settings that are for a laptop: lib/stage.ts.
     */
    STAGE: z.string().min(1),
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    /** The origin whose pages may call the API from a browser, such as https://console.example. Empty: none. */
    CORS_ORIGIN: z.union([z.literal(''), z.url()]).default(''),
    PAYOUTS_TABLE: z.string().min(1),
    CHUNKS_QUEUE: z.string().min(1),
    IMPORTS_QUEUE: z.string().min(1),
    TRANSACTIONS_TABLE: z.string().min(1),
    SETTLEMENTS_TABLE: z.string().min(1),
    ORDERS_TABLE: z.string().min(1),
    WALLETS_TABLE: z.string().min(1),
    WITHDRAWALS_TABLE: z.string().min(1),
    WITHDRAWALS_QUEUE: z.string().min(1),
    WEBHOOKS_TABLE: z.string().min(1),
    DELIVERIES_QUEUE: z.string().min(1),
    /** Webhooks may also be sent by http, and to this machine. For a laptop. */
    WEBHOOKS_ALLOW_LOCAL: z.stringbool().default(false),
    EVENTS_TABLE: z.string().min(1),
    SYSTEM_TABLE: z.string().min(1),
    ACCESS_TABLE: z.string().min(1),
    /** What encrypts the data keys: the ARN or alias of a KMS key. `npm start` names the file of a local key instead. */
    KEY_ENCRYPTION_KEY: z
      .string()
      .regex(/^(arn:[\w-]+:kms:|alias\/|file:\/)/, 'must be the ARN or alias of a KMS key, or file:/path'),
    /** ARN of the topic. */
    EVENTS_TOPIC: z.string().min(1),
    /** Uploads for imports, and the files of settlement jobs. */
    FILES_BUCKET: z.string().min(1),
    /** The head of the sealed audit log, and the list of its blocks. */
    SEALS_TABLE: z.string().min(1),
    /** The blocks. */
    AUDIT_BUCKET: z.string().min(1),
    /** ARN of the KMS key that signs the head of the audit log. */
    AUDIT_KEY: z.string().min(1),
    /** A file with a private Ed25519 key in PEM form that signs instead of KMS. `npm start` sets it. */
    AUDIT_KEY_FILE: z.string().default(''),
    /** ARN of the state machine. */
    SETTLEMENT_MACHINE: z.string().min(1),
    BANK_URL: z.url(),
    /** The credentials for the bank: see docs/rails.md. */
    BANK_SECRET: railSecret,
    BANK_DEADLINE_MS: milliseconds(2_000),
    /**
     * What the bank signs its notifications with (Standard Webhooks): `whsec_` and 24 to 64 bytes in base64. While the secret
     * changes, the old and the new one with a comma between them. Empty: every notification is refused.
     */
    RAIL_NOTIFICATION_SECRETS: z
      .string()
      .default('')
      .transform((text) => text.split(',').filter((secret) => secret !== ''))
      .pipe(
        z.array(z.string().regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and 24 to 64 bytes in base64')),
      ),
    /** Completed payouts of so many days are looked up, to find those that the bank gave back without a notification. 0: none. */
    RETURN_SWEEP_DAYS: z.coerce.number().int().min(0).max(365).default(0),
    /** Charges the payments of wallets. */
    GATEWAY_URL: z.url(),
    GATEWAY_SECRET: railSecret,
    /** The time limit of one call. */
    GATEWAY_DEADLINE_MS: milliseconds(2_000),
    /** The time limit of all calls about a payment within its request. */
    GATEWAY_BUDGET_MS: z.coerce.number().int().positive().max(20_000).default(8_000),
    /** Broadcasts the withdrawals. */
    CHAIN_URL: z.url(),
    CHAIN_SECRET: railSecret,
    CHAIN_DEADLINE_MS: milliseconds(2_000),
    /** Concurrent calls to the bank per Lambda container. The total is this times the queue's maximumConcurrency. */
    BANK_MAX_IN_FLIGHT: count(10),
    BANK_BREAKER_FAILURES: count(50),
    BANK_BREAKER_OPEN_MS: milliseconds(1_000),
    /** A chunk's number has four digits, so the largest batch must fit in 9,999 chunks. */
    PAYOUT_CHUNK_SIZE: z.coerce.number().int().min(2).max(50).default(50),
    PAYOUT_CHUNK_LEASE_MS: milliseconds(10_000),
    /** Rows of a file per checkpoint: the more rows, the fewer items per merchant and day. */
    IMPORT_WINDOW_ROWS: count(50_000),
    PAYOUT_MAX_ATTEMPTS: count(3),
    PAYOUT_RETRY_BASE_DELAY_MS: milliseconds(200),
    PAYOUT_RETRY_MAX_DELAY_MS: milliseconds(60_000),
    /** The assets that can be withdrawn, with networks and limits: docs/withdrawals.md. Empty: lib/withdrawals/assets.ts. */
    WITHDRAWAL_ASSETS: z
      .string()
      .default('')
      .transform((text) => text || DEFAULT_ASSETS)
      .pipe(assetsSchema),
    /** The lease of a worker on a withdrawal. */
    WITHDRAWAL_LOCK_TTL: duration('10s'),
    /** Between attempts to broadcast a withdrawal. */
    WITHDRAWAL_RETRY_BASE_DELAY: duration('1s'),
    WITHDRAWAL_RETRY_MAX_DELAY: duration('30s'),
    WITHDRAWAL_RETRY_MULTIPLIER: z.coerce.number().min(1).max(10).default(2),
    /** The longest time between two look-ups of a broadcast that waits for confirmations. */
    WITHDRAWAL_CONFIRMATION_POLL_MAX: duration('60s'),
    RECOVERY_AFTER_MS: milliseconds(30_000),
  })
  .refine(
    ({ PAYOUT_CHUNK_LEASE_MS, BANK_DEADLINE_MS }) => PAYOUT_CHUNK_LEASE_MS >= 2 * BANK_DEADLINE_MS + LATE_CALL_MS,
    {
      path: ['PAYOUT_CHUNK_LEASE_MS'],
      message: 'must leave time for a transfer and a look-up: at least twice BANK_DEADLINE_MS and two seconds',
    },
  )
  .refine(({ WITHDRAWAL_LOCK_TTL, CHAIN_DEADLINE_MS }) => WITHDRAWAL_LOCK_TTL >= 2 * CHAIN_DEADLINE_MS + LATE_CALL_MS, {
    path: ['WITHDRAWAL_LOCK_TTL'],
    message: 'must leave time for a broadcast and a look-up: at least twice CHAIN_DEADLINE_MS and two seconds',
  })
  .refine(({ GATEWAY_BUDGET_MS, GATEWAY_DEADLINE_MS }) => GATEWAY_BUDGET_MS >= 2 * GATEWAY_DEADLINE_MS, {
    path: ['GATEWAY_BUDGET_MS'],
    message: 'must leave time for a charge and a look-up: at least twice GATEWAY_DEADLINE_MS',
  })
  .superRefine((settings, context) => {
    for (const { setting, message } of problemsOfStage(settings.STAGE, settings)) {
      context.addIssue({ code: 'custom', path: [setting], message });
    }
  });
export type Config = z.infer<typeof configSchema>;

/** The new names of renamed settings. */
const RENAMED: Readonly<Record<string, string>> = {
  CHUNK_SIZE: 'PAYOUT_CHUNK_SIZE',
  CHUNK_LEASE_MS: 'PAYOUT_CHUNK_LEASE_MS',
  PROCESSOR_LOCK_TTL: 'WITHDRAWAL_LOCK_TTL',
  PROCESSOR_BATCH_SIZE: 'WITHDRAWAL_BATCH_SIZE',
  PROCESSOR_MAX_CONCURRENT: 'WITHDRAWAL_MAX_CONCURRENT',
  RETRY_BASE_DELAY: 'WITHDRAWAL_RETRY_BASE_DELAY',
  RETRY_MAX_DELAY: 'WITHDRAWAL_RETRY_MAX_DELAY',
  RETRY_MULTIPLIER: 'WITHDRAWAL_RETRY_MULTIPLIER',
  CONFIRMATION_POLL_MAX: 'WITHDRAWAL_CONFIRMATION_POLL_MAX',
};

/** Settings that have no effect any more, with the reason. */
const REMOVED: Readonly<Record<string, string>> = {
  WITHDRAWAL_KEY_TTL: 'the key of a withdrawal never expires',
  IDEMPOTENCY_KEY_TTL: 'the key of a withdrawal never expires',
  SLUICE_API_KEY_HASHES: 'keys are in a table; store these hashes there: docs/access.md, existing deployments',
};

/** Refuses renamed and removed settings, which would be ignored otherwise. @throws Error that lists them */
export function refuseRenamedSettings(env: Readonly<Record<string, string | undefined>>): void {
  const isSet = ([name]: [string, string]) => env[name] !== undefined;
  const renamed = Object.entries(RENAMED).filter(isSet);
  const removed = Object.entries(REMOVED).filter(isSet);
  const problems = [
    ...(renamed.length > 0
      ? [`Renamed settings: ${renamed.map(([old, name]) => `use ${name} instead of ${old}`).join(', ')}.`]
      : []),
    ...(removed.length > 0
      ? [`Removed settings: ${removed.map(([old, why]) => `unset ${old} (${why})`).join(', ')}.`]
      : []),
  ];
  if (problems.length > 0) throw new Error(problems.join(' '));
}

let parsed: Config | undefined;

/** Reads the environment on first use; no other code reads it. @throws ZodError naming every invalid setting */
export function config(): Config {
  parsed ??= configSchema.parse(process.env);
  return parsed;
}

/** A setting that the log or an error needs, also when another setting is invalid. An invalid value becomes the default. */
export function settingOf<Name extends 'LOG_LEVEL' | 'CORS_ORIGIN'>(name: Name): Config[Name] {
  const schema = configSchema.shape[name];
  const { data } = schema.safeParse(process.env[name]);
  return (data ?? schema.parse(undefined)) as Config[Name];
}
