import { isEqual } from 'es-toolkit';
import { z } from 'zod';
import type { ErrorDetail } from '../kernel/errors.ts';
import { ExactNumber } from '../kernel/exact-json.ts';
import { always, instant, object, otherwise, problemsIn, text } from '../kernel/fields.ts';
import {
  type AmountProblem,
  CURRENCY_PATTERN,
  type Currency,
  describeAmountProblem,
  MAX_MINOR,
  parseCurrency,
  parseMajor,
  parseMinor,
} from '../kernel/money.ts';
import { type ClaimKey, DUPLICATES, type Duplicates } from './claim.ts';
import { BATCH_ID } from './ids.ts';
import type { ClaimKind, Instruction } from './payout.ts';
import { ON_INVALID, type OnInvalid, type RejectedRow, SkippedRows, withoutInvalid } from './rejected-row.ts';

/** The most payouts that one request may carry. */
export const MAX_PAYOUTS = 15_000;

/** A request in either of the public shapes. */
export type BatchRequest = {
  readonly batchId?: string | undefined;
  readonly autoStart: boolean;
  /** When the batch starts by itself, ISO 8601 UTC. */
  readonly startAt?: string | undefined;
  /** Absent: what is usual for its shape, see {@link duplicatesIn}. */
  readonly duplicates?: Duplicates | undefined;
  /** The upload whose rows these are. Only uploads set it. */
  readonly upload?: string;
  readonly instructions: readonly Instruction[];
  /** Absent: one invalid entry refuses the request. */
  readonly onInvalid?: OnInvalid | undefined;
  /** Invalid entries that are skipped. */
  readonly rejected?: readonly RejectedRow[] | undefined;
  /** Of the instructions in the request, if invalid entries are skipped. */
  readonly positions?: readonly number[] | undefined;
};

/** Where an instruction is in the request, from 1. */
export const positionAt = ({ positions }: Pick<BatchRequest, 'positions'>, index: number) =>
  positions?.[index] ?? index + 1;

/** The field of a request that has the amount of an instruction. */
export function amountPath({ destination }: Pick<Instruction, 'destination'>, index: number): string {
  return destination.type === 'pix' ? `items[${index}].amount_cents` : `payouts[${index}].amount`;
}

/** {@link amountPath} of the instructions of a request. */
export const pathsIn = (request: Pick<BatchRequest, 'positions'>) => (instruction: Instruction, index: number) =>
  amountPath(instruction, positionAt(request, index) - 1);

/** The field of a request that has a key of an instruction. */
export function keyPath({ destination }: Pick<Instruction, 'destination'>, index: number, { kind }: ClaimKey): string {
  const field = kind === 'external_id' ? 'external_id' : 'transaction_ids';
  return destination.type === 'pix' ? `items[${index}].${field}` : `payouts[${index}].${field}`;
}

/** PIX items are often sent again in another batch, and each is paid once. Of vendor payouts nobody expects that. */
export function duplicatesIn({
  duplicates,
  instructions,
}: Pick<BatchRequest, 'duplicates' | 'instructions'>): Duplicates {
  return duplicates ?? (instructions[0]?.destination.type === 'pix' ? 'skip' : 'reject');
}

type Given = Readonly<Record<string, unknown>>;
const isObject = (given: unknown): given is Given =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

const exactNumber = (meta: Record<string, unknown>) =>
  z.instanceof(ExactNumber, otherwise('must be a number')).meta(meta);

/** A problem of an amount in its currency, if the number and the currency are each valid. */
const amountProblem = (
  amount: unknown,
  currency: Currency | undefined,
  unit: 'major' | 'minor',
): string | undefined => {
  if (!(amount instanceof ExactNumber) || currency === undefined) return undefined;
  const parsed: bigint | AmountProblem = unit === 'major' ? parseMajor(amount, currency) : parseMinor(amount);
  return typeof parsed === 'bigint' ? undefined : describeAmountProblem(parsed, currency, unit);
};

const VENDOR_FIELDS = {
  vendor_id: text(128),
  vendor_name: text(140),
  external_id: text(128)
    .optional()
    .meta({ description: 'Your id of the payout, claimed once for ever: no other payout gets it, in any batch.' }),
  amount: exactNumber({
    type: 'number',
    exclusiveMinimum: 0,
    maximum: Number(MAX_MINOR),
    description: 'In major units, with at most the decimals of the currency. Read exactly, digit by digit.',
  }),
  currency: z
    .string(otherwise('must be an ISO 4217 code such as "IDR"'))
    .refine((code) => parseCurrency(code) !== undefined, 'is not an ISO 4217 currency')
    .meta({ description: 'ISO 4217 code of a currency with a minor unit.', pattern: CURRENCY_PATTERN }),
  bank_account: z
    .string(otherwise('must be a string'))
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9 .*-]{2,33}$/,
      'must be 3 to 34 letters, digits, spaces, ".", "-" or "*", beginning with a letter or digit',
    )
    .meta({
      description: 'Sent to the rail unchanged, also if it is masked: a rail may hold accounts under a token.',
    }),
  bank_name: text(140),
  transaction_ids: z
    .array(text(128), 'must be a list')
    .max(100, 'must have at most 100 entries')
    .default([])
    .meta({ description: 'The sales that this payout pays. With `claim_transactions`, no other payout pays them.' }),
};

const vendorPayout = object(VENDOR_FIELDS, 'must be an object')
  .superRefine((entry: Given, context) => {
    const currency = typeof entry?.currency === 'string' ? parseCurrency(entry.currency) : undefined;
    const message = amountProblem(entry?.amount, currency, 'major');
    if (message) context.addIssue({ code: 'custom', path: ['amount'], message });
  }, always)
  .meta({ id: 'VendorPayout' });

const PIX_CURRENCY = 'BRL' as Currency; // PIX pays in reais

const PIX_FIELDS = {
  external_id: text(128).meta({ description: 'Claimed once for ever, unless `duplicates` is "allow".' }),
  user_id: text(128),
  amount_cents: exactNumber({ type: 'integer', format: 'int64', minimum: 1, maximum: Number(MAX_MINOR) }),
  pix_key: text(77).meta({ description: 'At most 77 characters (BCB, DICT API). Only the directory can check it.' }),
};

const pixItem = object(PIX_FIELDS, 'must be an object')
  .superRefine((entry: Given, context) => {
    const message = amountProblem(entry?.amount_cents, PIX_CURRENCY, 'minor');
    if (message) context.addIssue({ code: 'custom', path: ['amount_cents'], message });
  }, always)
  .meta({ id: 'PixItem' });

/** The two public shapes, by the name of their list. */
const SHAPES = ['payouts', 'items'] as const;
type Shape = (typeof SHAPES)[number];

const listOf = <Entry extends z.ZodType>(entry: Entry) =>
  z
    .preprocess(
      (given, context) => {
        if (!Array.isArray(given) || given.length <= MAX_PAYOUTS) return given;
        const message = `has ${given.length} entries, at most ${MAX_PAYOUTS} are allowed`;
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      },
      z.array(entry, otherwise('must be a list')).min(1, 'must not be empty').max(MAX_PAYOUTS),
    )
    .optional();

/** ISO 8601 UTC. Whether it is near enough depends on the time at which the batch is stored. */
const startAt = instant.transform((ms) => new Date(ms).toISOString());

/** The body of the requests that cancel. */
export const cancelRequest = object({ reason: text(500) });

/** The body of POST /batches/{batch_id}/schedule. */
export const scheduleRequest = object({ start_at: startAt }).meta({ id: 'ScheduleRequest' });
type Key = { readonly field: string; readonly value: string };

/** The keys of an entry that no other entry of the request may have. A vendor that has one payout names it. */
function keysOfEntry(entry: Given, shape: Shape, claimsSales: boolean): Key[] {
  const own = shape === 'payouts' && entry?.external_id === undefined ? 'vendor_id' : 'external_id';
  const sales = claimsSales && Array.isArray(entry?.transaction_ids) ? new Set(entry.transaction_ids) : [];
  return [[own, entry?.[own]] as const, ...[...sales].map((sale) => ['transaction_ids', sale] as const)].flatMap(
    ([field, value]) => (typeof value === 'string' && value !== '' ? [{ field, value }] : []),
  );
}

/** If duplicates are skipped, an entry with the id of an earlier one must be for the same; its sales may be of earlier ones. */
function sameKeys(body: Given, shape: Shape): { path: (string | number)[]; message: string }[] {
  const entries = Array.isArray(body[shape]) ? (body[shape] as Given[]) : [];
  const skips = (body.duplicates ?? (shape === 'items' ? 'skip' : 'reject')) === 'skip';
  const firsts = new Map<string, number>();
  return entries.flatMap((entry, index) =>
    keysOfEntry(entry, shape, body.claim_transactions === true).flatMap(({ field, value }) => {
      const name = `${field}#${value}`;
      const first = firsts.get(name);
      if (first === undefined) firsts.set(name, index);
      if (first === undefined || first === index) return [];
      const isSame = field === 'transaction_ids' || isForTheSame(entry, entries[first]);
      if (skips && field !== 'vendor_id' && isSame) return [];
      const differs = skips && !isSame ? ', and its amount or payee is another' : '';
      return [{ path: [shape, index, field], message: `is the same as that of ${shape}[${first}]${differs}` }];
    }),
  );
}

function isForTheSame(a: Given, b: Given | undefined): boolean {
  const facts = (entry: Given | undefined) =>
    [entry?.amount, entry?.currency, entry?.vendor_id, entry?.amount_cents, entry?.user_id].map(String);
  return isEqual(facts(a), facts(b));
}

const ENTRIES = { payouts: vendorPayout, items: pixItem } as const;

/** The fields of an entry of a list. */
export const fieldsOf = (list: string): string[] => Object.keys(list === 'items' ? PIX_FIELDS : VENDOR_FIELDS);

/** Takes invalid entries out, if the request says so and is well-formed itself. */
function skipInvalid(body: unknown): unknown {
  if (!isObject(body) || body.on_invalid !== 'skip') return body;
  const [list, ...more] = SHAPES.filter((name) => body[name] !== undefined);
  const entries = list && body[list];
  if (!list || more.length > 0 || !Array.isArray(entries) || entries.length > MAX_PAYOUTS) return body;
  return withoutInvalid(body, list, ENTRIES[list], (given) => sameKeys(given, list));
}

const wholeRequest = object({
  batch_id: z
    .string('must be a string')
    .regex(BATCH_ID, 'must be 1 to 64 letters, digits, "_" or "-", beginning with a letter or digit')
    .optional()
    .meta({ description: 'Your name for the batch, and its idempotency key. Without it the service chooses one.' }),
  auto_start: z.boolean('must be true or false').default(true),
  start_at: startAt.optional().meta({
    description: 'When the batch starts by itself, at most 90 days ahead. Without it the batch starts at once.',
  }),
  duplicates: z
    .enum(DUPLICATES, `must be one of ${DUPLICATES.join(', ')}`)
    .optional()
    .meta({
      description:
        'What happens to a payout whose key another payout has. `reject` (usual for `payouts`): the request is refused. `skip` (usual for `items`): the others are stored and paid, and the report names it. `allow`: keys are neither checked nor claimed.',
    }),
  claim_transactions: z
    .boolean('must be true or false')
    .default(false)
    .meta({ description: 'Claims each of `transaction_ids`, so that no sale is paid out twice.' }),
  on_invalid: z
    .custom<OnInvalid | SkippedRows>(
      (given) => given instanceof SkippedRows || ON_INVALID.some((known) => known === given),
      `must be one of ${ON_INVALID.join(', ')}`,
    )
    .optional()
    .meta({
      type: 'string',
      enum: [...ON_INVALID],
      description:
        'What happens if some entries are invalid, but not all. `reject_all` (usual): the request is refused. `skip`: the others are stored and paid, and the invalid ones are in the report and in rejected.csv.',
    }),
  payouts: listOf(vendorPayout),
  items: listOf(pixItem),
})
  .superRefine((body: Given, context) => {
    if (!isObject(body)) return;
    const given = SHAPES.filter((name) => body[name] !== undefined);
    const [path, message] =
      given.length === 0 ? ['payouts', 'is required (or "items")'] : ['items', 'cannot be combined with "payouts"'];
    if (given.length !== 1) context.addIssue({ code: 'custom', path: [path], message });
    if (body.start_at !== undefined && body.auto_start === false) {
      const why = 'cannot be combined with "auto_start": false, by which the batch waits for a request to start it';
      context.addIssue({ code: 'custom', path: ['start_at'], message: why });
    }
    if (body.claim_transactions === true && body.duplicates === 'allow') {
      const message = 'cannot be combined with `duplicates: "allow"`, which claims nothing';
      context.addIssue({ code: 'custom', path: ['claim_transactions'], message });
    }
    // Of entries that were taken out, the others have no problems with each other.
    if (body.on_invalid instanceof SkippedRows) return;
    for (const { path, message } of given.flatMap((shape) => sameKeys(body, shape))) {
      context.addIssue({ code: 'custom', path, message });
    }
  }, always)
  .transform(
    ({
      batch_id,
      auto_start,
      start_at,
      duplicates,
      claim_transactions,
      on_invalid,
      payouts,
      items = [],
    }): BatchRequest => {
      const claiming = { claims: duplicates !== 'allow', claimsSales: claim_transactions };
      const instructions =
        payouts?.map((entry) => instructionOfVendor(entry, claiming)) ??
        items.map((entry) => instructionOfPix(entry, claiming));
      const request = { batchId: batch_id, autoStart: auto_start, startAt: start_at, duplicates, instructions };
      if (on_invalid === undefined) return request;
      return on_invalid instanceof SkippedRows
        ? { ...request, onInvalid: 'skip', rejected: on_invalid.rejected, positions: on_invalid.positions }
        : { ...request, onInvalid: on_invalid };
    },
  )
  .meta({ id: 'BatchRequest', oneOf: [{ required: ['payouts'] }, { required: ['items'] }] });

type Claiming = { readonly claims: boolean; readonly claimsSales: boolean };

/** Reads a row of a file, an entry of either shape. @param row its numbers are `ExactNumber` @returns its problems, if any */
export function readInstruction(row: unknown, claiming: Claiming): Instruction | ErrorDetail[] {
  const isPix = isObject(row) && ('pix_key' in row || 'amount_cents' in row);
  const read = isPix ? pixItem.safeParse(row) : vendorPayout.safeParse(row);
  if (read.error) return problemsIn(read.error);
  return 'pix_key' in read.data ? instructionOfPix(read.data, claiming) : instructionOfVendor(read.data, claiming);
}
/** The body of POST /batches: vendor payouts in major units, or PIX items in centavos. */
export const batchRequest = z.preprocess(skipInvalid, wholeRequest);

function instructionOfVendor(fields: z.output<typeof vendorPayout>, { claims, claimsSales }: Claiming): Instruction {
  const currency = fields.currency as Currency;
  const kinds: ClaimKind[] = [
    ...(claims && fields.external_id !== undefined ? (['external_id'] as const) : []),
    ...(claimsSales && fields.transaction_ids.length > 0 ? (['transaction_id'] as const) : []),
  ];
  return {
    externalId: fields.external_id ?? fields.vendor_id,
    payee: { id: fields.vendor_id, name: fields.vendor_name },
    money: { minor: parseMajor(fields.amount, currency) as bigint, currency },
    destination: { type: 'bank_account', bankAccount: fields.bank_account, bankName: fields.bank_name },
    transactionIds: fields.transaction_ids,
    ...(kinds.length > 0 ? { claims: kinds } : {}),
  };
}

function instructionOfPix(fields: z.output<typeof pixItem>, { claims }: Claiming): Instruction {
  return {
    externalId: fields.external_id,
    payee: { id: fields.user_id },
    money: { minor: parseMinor(fields.amount_cents) as bigint, currency: PIX_CURRENCY },
    destination: { type: 'pix', pixKey: fields.pix_key },
    transactionIds: [],
    ...(claims ? {} : { claims: [] }),
  };
}
