import { z } from 'zod';
import type { ErrorDetail } from '../kernel/errors.ts';
import { ExactNumber } from '../kernel/exact-json.ts';
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

/** A request as its sender meant it, whichever of the public shapes it came in. */
export type BatchRequest = {
  readonly batchId?: string;
  readonly autoStart: boolean;
  readonly instructions: readonly Instruction[];
};

const text = (max: number) =>
  z
    .string('must be a string')
    .refine((value) => value.trim() !== '', 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters');
const number = z.instanceof(ExactNumber, { error: 'must be a number' });
const batchId = z.string('must be a string').regex(BATCH_ID, 'must be 1 to 64 letters, digits, "_" or "-"');

const payoutSchema = z
  .object({
    vendor_id: text(128),
    vendor_name: text(140),
    amount: number,
    currency: z.string('must be an ISO 4217 code such as "IDR"'),
    bank_account: z
      .string('must be a string')
      .regex(/^[A-Za-z0-9][A-Za-z0-9 .-]{2,33}$/, 'must be 3 to 34 letters or digits'),
    bank_name: text(140),
    transaction_ids: z.array(text(128), 'must be a list').max(100, 'must have at most 100 entries').default([]),
  })
  .transform((item, context): Instruction => {
    const currency = parseCurrency(item.currency);
    if (!currency) {
      context.issues.push({
        code: 'custom',
        path: ['currency'],
        message: 'is not an ISO 4217 currency',
        input: item.currency,
      });
      return z.NEVER;
    }
    const minor = amountOrIssue(parseMajor(item.amount, currency), {
      context,
      field: 'amount',
      currency,
      unit: 'major',
    });
    return {
      externalId: item.vendor_id,
      payee: { id: item.vendor_id, name: item.vendor_name },
      money: { minor, currency },
      destination: { type: 'bank_account', bankAccount: item.bank_account, bankName: item.bank_name },
      transactionIds: item.transaction_ids,
    };
  });

const BRL = 'BRL' as Currency;

/** PIX pays in reais. A key's form is for the directory (DICT) to judge; at most 77 characters (BCB, DICT API). */
const itemSchema = z
  .object({ external_id: text(128), user_id: text(128), amount_cents: number, pix_key: text(77) })
  .transform(
    (item, context): Instruction => ({
      externalId: item.external_id,
      payee: { id: item.user_id },
      money: {
        minor: amountOrIssue(parseMinor(item.amount_cents), {
          context,
          field: 'amount_cents',
          currency: BRL,
          unit: 'minor',
        }),
        currency: BRL,
      },
      destination: { type: 'pix', pixKey: item.pix_key },
      transactionIds: [],
    }),
  );

/** The two public shapes: the list decides which one it is, and how its entries are read. */
const SHAPES = {
  payouts: { entry: payoutSchema, externalId: 'vendor_id' },
  items: { entry: itemSchema, externalId: 'external_id' },
} as const;

const envelopeSchema = z.object({
  batch_id: batchId.optional(),
  auto_start: z.boolean('must be true or false').default(true),
});

/**
 * Reads and checks a whole request; nothing is stored unless all of it is right.
 * @returns the request, or everything that is wrong with it, each by index and field
 */
export function parseBatchRequest(body: unknown): { request: BatchRequest } | { problems: ErrorDetail[] } {
  const problem = (path: string, reason: string) => ({ problems: [{ path, reason }] });
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return problem('', 'must be a JSON object');
  const given = (['payouts', 'items'] as const).filter((name) => name in body);
  const [list] = given;
  if (!list) return problem('payouts', 'is required (or "items")');
  if (given.length > 1) return problem('items', 'cannot be combined with "payouts"');
  const entries = (body as Record<string, unknown>)[list];
  if (!Array.isArray(entries)) return problem(list, 'must be a list');
  if (entries.length === 0) return problem(list, 'must not be empty');
  if (entries.length > MAX_PAYOUTS)
    return problem(list, `has ${entries.length} entries, at most ${MAX_PAYOUTS} are allowed`);

  const envelope = envelopeSchema.safeParse(body);
  const problems = envelope.success ? [] : details(envelope.error, '');
  const instructions: Instruction[] = [];
  const firstIndex = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const parsed = SHAPES[list].entry.safeParse(entry);
    if (!parsed.success) problems.push(...details(parsed.error, `${list}[${index}]`));
    else instructions.push(parsed.data);

    const externalId: unknown = entry?.[SHAPES[list].externalId];
    if (typeof externalId !== 'string' || externalId === '') continue;
    const first = firstIndex.get(externalId);
    if (first === undefined) firstIndex.set(externalId, index);
    else {
      const path = `${list}[${index}].${SHAPES[list].externalId}`;
      problems.push({ path, reason: `is the same as that of ${list}[${first}]` });
    }
  }
  if (problems.length > 0 || !envelope.success) return { problems };
  const { batch_id, auto_start } = envelope.data;
  return { request: { ...(batch_id === undefined ? {} : { batchId: batch_id }), autoStart: auto_start, instructions } };
}

type AmountField = {
  context: z.RefinementCtx;
  field: string;
  currency: Currency;
  unit: 'major' | 'minor';
};

function amountOrIssue(minor: bigint | AmountProblem, { context, field, currency, unit }: AmountField): bigint {
  if (typeof minor === 'bigint') return minor;
  context.addIssue({ code: 'custom', path: [field], message: describeAmountProblem(minor, currency, unit) });
  return 0n;
}

function details(error: z.ZodError, prefix: string): ErrorDetail[] {
  return error.issues.map(({ path, message, code, ...issue }) => ({
    path: [prefix, ...path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))]
      .join('')
      .replace(/^\./, ''),
    reason: 'input' in issue && issue.input === undefined && code === 'invalid_type' ? 'is required' : message,
  }));
}
