import { z } from 'zod';
import { AppError, type ErrorDetail } from '../kernel/errors.ts';
import { ExactNumber } from '../kernel/exact-json.ts';
import { otherwise, problemsIn, text } from '../kernel/fields.ts';
import {
  type AmountProblem,
  type Currency,
  describeAmountProblem,
  parseCurrency,
  parseMajor,
  parseMinor,
} from '../kernel/money.ts';
import { BATCH_ID } from './ids.ts';
import type { Instruction } from './payout.ts';

/** The most payouts that one request may carry. */
export const MAX_PAYOUTS = 15_000;

/**
 * After this many problems only the first one of each further entry is listed. So every invalid entry is named, and the
 * response stays below Lambda's 6 MB.
 */
const MAX_LISTED_IN_FULL = 20_000;

/** A request in either of the public shapes. */
export type BatchRequest = {
  readonly batchId?: string | undefined;
  readonly autoStart: boolean;
  readonly instructions: readonly Instruction[];
};

const batchId = z
  .string('must be a string')
  .regex(BATCH_ID, 'must be 1 to 64 letters, digits, "_" or "-", beginning with a letter or digit');

const vendorFields = z.object({
  vendor_id: text(128),
  vendor_name: text(140),
  currency: z
    .string(otherwise('must be an ISO 4217 code such as "IDR"'))
    .refine((code) => parseCurrency(code) !== undefined, 'is not an ISO 4217 currency'),
  bank_account: z
    .string(otherwise('must be a string'))
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9 .-]{2,33}$/,
      'must be 3 to 34 letters, digits, spaces, "." or "-", beginning with a letter or digit',
    ),
  bank_name: text(140),
  transaction_ids: z.array(text(128), 'must be a list').max(100, 'must have at most 100 entries').default([]),
});

/** Only the directory (DICT) can check a PIX key; it has at most 77 characters (BCB, DICT API). */
const pixFields = z.object({ external_id: text(128), user_id: text(128), pix_key: text(77) });
const PIX_CURRENCY = 'BRL' as Currency; // PIX pays in reais

type Fields = Readonly<Record<string, unknown>>;
/** An entry of the list as an instruction, or its problems with paths inside the entry. */
type ReadEntry = (entry: Fields) => Instruction | ErrorDetail[];

const readVendorPayout: ReadEntry = (entry) => {
  const currency = typeof entry.currency === 'string' ? parseCurrency(entry.currency) : undefined;
  // Without a valid currency only the type of the amount can be checked.
  const amount = readAmount(
    'amount',
    entry.amount,
    (number) => currency && parseMajor(number, currency),
    (problem) => (currency ? describeAmountProblem(problem, currency, 'major') : ''),
  );
  return combine(vendorFields.safeParse(entry), amount, (fields, minor) => ({
    externalId: fields.vendor_id,
    payee: { id: fields.vendor_id, name: fields.vendor_name },
    money: { minor, currency: fields.currency as Currency },
    destination: { type: 'bank_account', bankAccount: fields.bank_account, bankName: fields.bank_name },
    transactionIds: fields.transaction_ids,
  }));
};

const readPixItem: ReadEntry = (entry) => {
  const amount = readAmount('amount_cents', entry.amount_cents, parseMinor, (problem) =>
    describeAmountProblem(problem, PIX_CURRENCY, 'minor'),
  );
  return combine(pixFields.safeParse(entry), amount, (fields, minor) => ({
    externalId: fields.external_id,
    payee: { id: fields.user_id },
    money: { minor, currency: PIX_CURRENCY },
    destination: { type: 'pix', pixKey: fields.pix_key },
    transactionIds: [],
  }));
};

/** The two public shapes, by the name of their list. */
const SHAPES = {
  payouts: { read: readVendorPayout, externalId: 'vendor_id' },
  items: { read: readPixItem, externalId: 'external_id' },
} as const;

const envelopeSchema = z.object({
  batch_id: batchId.optional(),
  auto_start: z.boolean('must be true or false').default(true),
});

/**
 * Reads and checks a whole request. One invalid entry refuses all of it.
 * @throws AppError VALIDATION_ERROR naming every problem by index and field
 */
export function parseBatchRequest(body: unknown): BatchRequest {
  if (!isObject(body)) throw problem('', 'must be a JSON object');
  const given = (['payouts', 'items'] as const).filter((name) => name in body);
  const [list] = given;
  if (!list) throw problem('payouts', 'is required (or "items")');
  if (given.length > 1) throw problem('items', 'cannot be combined with "payouts"');
  const entries = body[list];
  if (!Array.isArray(entries)) throw problem(list, 'must be a list');
  if (entries.length === 0) throw problem(list, 'must not be empty');
  if (entries.length > MAX_PAYOUTS)
    throw problem(list, `has ${entries.length} entries, at most ${MAX_PAYOUTS} are allowed`);

  const envelope = envelopeSchema.safeParse(body);
  const problems = envelope.success ? [] : problemsIn(envelope.error);
  const instructions: Instruction[] = [];
  const firstIndex = new Map<unknown, number>();
  for (const [index, entry] of entries.entries()) {
    if (!isObject(entry)) {
      problems.push({ path: `${list}[${index}]`, reason: 'must be an object' });
      continue;
    }
    const name = SHAPES[list].externalId;
    const read = SHAPES[list].read(entry);
    const entryProblems = Array.isArray(read) ? read : [];
    if (!Array.isArray(read)) instructions.push(read);

    const externalId = entry[name];
    const first = firstIndex.get(externalId);
    if (first !== undefined) entryProblems.push({ path: name, reason: `is the same as that of ${list}[${first}]` });
    else if (typeof externalId === 'string' && externalId !== '') firstIndex.set(externalId, index);

    const listed = problems.length < MAX_LISTED_IN_FULL ? entryProblems : entryProblems.slice(0, 1);
    problems.push(...listed.map(({ path, reason }) => ({ path: `${list}[${index}].${path}`, reason })));
  }
  if (problems.length > 0 || !envelope.success) throw new AppError('VALIDATION_ERROR', { details: problems });
  const { batch_id, auto_start } = envelope.data;
  return { batchId: batch_id, autoStart: auto_start, instructions };
}

function problem(path: string, reason: string): AppError {
  return new AppError('VALIDATION_ERROR', { details: [{ path, reason }] });
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

function readAmount(
  path: string,
  given: unknown,
  parse: (number: ExactNumber) => bigint | AmountProblem | undefined,
  describe: (problem: AmountProblem) => string,
): bigint | ErrorDetail | undefined {
  if (given === undefined) return { path, reason: 'is required' };
  if (!(given instanceof ExactNumber)) return { path, reason: 'must be a number' };
  const amount = parse(given);
  return typeof amount === 'bigint' || amount === undefined ? amount : { path, reason: describe(amount) };
}

function combine<Parsed>(
  fields: z.ZodSafeParseResult<Parsed>,
  amount: bigint | ErrorDetail | undefined,
  build: (fields: Parsed, minor: bigint) => Instruction,
): Instruction | ErrorDetail[] {
  if (fields.success && typeof amount === 'bigint') return build(fields.data, amount);
  return [...(fields.success ? [] : problemsIn(fields.error)), ...(typeof amount === 'object' ? [amount] : [])];
}
