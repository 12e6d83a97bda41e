import fc from 'fast-check';
import { type Currency, parseCurrency } from '../../lib/kernel/money.ts';
import type { Batch } from '../../lib/payouts/batch.ts';
import { type Chunk, totalsOf } from '../../lib/payouts/chunk.ts';
import { type BatchId, payoutId } from '../../lib/payouts/ids.ts';
import type { Instruction, Payout } from '../../lib/payouts/payout.ts';
import {
  type Attempt,
  type AttemptOutcome,
  afterAnswer,
  afterLookUp,
  firstReference,
  notLookedUp,
  unchanged,
} from '../../lib/rail/attempt.ts';
import { type History, NO_HISTORY, withExecution } from '../../lib/rail/history.ts';
import type { SendAnswer } from '../../lib/rail/port.ts';

export const NOW = '2026-11-20T10:00:00.000Z';

export function currency(code: string): Currency {
  const known = parseCurrency(code);
  if (!known) throw new Error(`no currency ${code}`);
  return known;
}

export function anInstruction(overrides: Partial<Instruction> = {}): Instruction {
  return {
    externalId: 'vendor-1',
    payee: { id: 'vendor-1', name: 'Toko Maju' },
    money: { minor: 15_000_050n, currency: currency('IDR') },
    destination: { type: 'bank_account', bankAccount: '1234567890', bankName: 'BCA' },
    transactionIds: ['txn-1'],
    ...overrides,
  };
}

export function aPayout(overrides: object = {}): Payout {
  const id = payoutId({ batchId: 'batch' as BatchId, chunk: 1, position: 1 });
  return {
    ...anInstruction(),
    id,
    status: 'pending',
    reference: firstReference(id),
    attempts: 0,
    unanswered: false,
    updatedAt: NOW,
    ...overrides,
  } as Payout;
}

/** The result of an execution: an answer, that an unknown call never arrived, or nothing because the time was over. */
export type Finding = SendAnswer | { readonly kind: 'never_arrived' } | { readonly kind: 'not_looked_up' };

export function outcomeAfter(attempt: Attempt, finding: Finding, maxAttempts = 3): AttemptOutcome {
  if (finding.kind === 'not_looked_up') return notLookedUp(attempt);
  if (finding.kind === 'never_arrived') {
    return afterLookUp(attempt, { kind: 'not_found' }, { isUnknown: true, maxAttempts });
  }
  return afterAnswer(unchanged(attempt), finding, maxAttempts);
}

export function aChunk(overrides: Partial<Chunk> = {}): Chunk {
  return {
    batchId: 'batch' as BatchId,
    number: 1,
    size: 1,
    run: 0,
    rounds: 0,
    dueAt: 0,
    ...totalsOf([aPayout()]),
    ...overrides,
  };
}

export function aBatch(overrides: Partial<Batch> = {}): Batch {
  return {
    id: 'batch' as BatchId,
    status: 'created',
    run: 0,
    total: 1,
    chunkSize: 50,
    chunkCount: 1,
    amounts: new Map([[currency('IDR'), 15_000_050n]]),
    digest: 'abc',
    autoStart: true,
    reschedules: 0,
    claims: false,
    duplicates: 0,
    invalid: 0,
    createdAt: NOW,
    creatorUntil: 0,
    dispatchedAt: 0,
    chunksDone: new Set(),
    reopening: false,
    cancels: 0,
    spent: [],
    ...overrides,
  };
}

/** One entry of `payouts`. */
export function aVendorPayout(overrides: object = {}) {
  return {
    vendor_id: 'vendor-1',
    vendor_name: 'Toko Maju',
    amount: 150_000.5,
    currency: 'IDR',
    bank_account: '1234567890',
    bank_name: 'BCA',
    transaction_ids: ['txn-1'],
    ...overrides,
  };
}

/** One entry of `items`. */
export function aPixItem(overrides: object = {}) {
  return {
    external_id: 'withdrawal-1',
    user_id: 'user-1',
    amount_cents: 12_345,
    pix_key: 'ana@example.com',
    ...overrides,
  };
}

/** A body of POST /batches in the first public shape; every payout has another vendor unless overridden. */
export function aBatchBody(payouts: readonly object[] = [{}], overrides: object = {}) {
  return {
    payouts: payouts.map((payout, index) => aVendorPayout({ vendor_id: `vendor-${index}`, ...payout })),
    ...overrides,
  };
}

/** A body of POST /batches in the second public shape. */
export function aPixBatchBody(items: readonly object[] = [{}], overrides: object = {}) {
  return {
    batch_id: 'pix-1',
    items: items.map((item, index) => aPixItem({ external_id: `withdrawal-${index}`, ...item })),
    ...overrides,
  };
}

/** Sums per currency, in the order of their codes. */
export const anySums: fc.Arbitrary<Map<Currency, bigint>> = fc
  .tuple(
    fc.subarray(['BHD', 'IDR', 'PHP', 'VND'].map(currency)),
    fc.infiniteStream(fc.bigInt({ min: 1n, max: 2n ** 80n })),
  )
  .map(([codes, amounts]) => new Map(codes.map((code) => [code, amounts.next().value])));

const failure = fc.record({ code: fc.string({ minLength: 1 }), message: fc.string(), retryable: fc.boolean() });
const state = fc.oneof(
  fc.record({ status: fc.constantFrom('pending' as const, 'unknown' as const, 'cancelled' as const) }),
  fc.record({ status: fc.constantFrom('retrying' as const, 'failed' as const), failure }),
  fc.record({ status: fc.constant('completed' as const), bankId: fc.string({ minLength: 1 }) }),
  fc.record({
    status: fc.constant('returned' as const),
    bankId: fc.string({ minLength: 1 }),
    returned: fc.record({ code: fc.string(), at: fc.constant(NOW) }),
  }),
);
const destination = fc.oneof(
  fc.record({ type: fc.constant('bank_account' as const), bankAccount: fc.string(), bankName: fc.string() }),
  fc.record({ type: fc.constant('pix' as const), pixKey: fc.string() }),
);

const call = fc.oneof(
  fc.record({
    asked: fc.constant('send' as const),
    answer: fc.constant('refused' as const),
    code: fc.constantFrom('', 'RATE_LIMITED', 'Ungültig: "1"'),
  }),
  fc.record({ asked: fc.constant('send' as const), answer: fc.constantFrom('paid' as const, 'unanswered' as const) }),
  fc.record({
    asked: fc.constant('look_up' as const),
    answer: fc.constantFrom('paid' as const, 'not_found' as const, 'in_process' as const, 'no_answer' as const),
  }),
);
/** Any history of a payout. */
export const anyHistory: fc.Arbitrary<History> = fc
  .array(
    fc.record({ reference: fc.integer({ min: 1, max: 99 }), calls: fc.array(call, { minLength: 1, maxLength: 3 }) }),
  )
  .map((all) => all.map((each, nth) => ({ ...each, at: new Date(Date.parse(NOW) + nth).toISOString() })))
  .map((all) => all.reduce(withExecution, NO_HISTORY));

/** Any payout that could be stored. */
export const anyPayout: fc.Arbitrary<Payout> = fc
  .record({
    chunk: fc.integer({ min: 1, max: 600 }),
    position: fc.integer({ min: 1, max: 15_000 }),
    externalId: fc.string({ minLength: 1 }),
    minor: fc.bigInt({ min: 1n, max: 2n ** 53n - 1n }),
    code: fc.constantFrom('IDR', 'PHP', 'VND', 'BHD'),
    payee: fc.oneof(fc.record({ id: fc.string() }), fc.record({ id: fc.string(), name: fc.string() })),
    destination,
    transactionIds: fc.array(fc.string()),
    attempts: fc.nat(3),
    unanswered: fc.boolean(),
    reference: fc.integer({ min: 1, max: 9 }),
    state,
  })
  .map(({ chunk, position, minor, code, reference, state: current, ...rest }) => {
    const id = payoutId({ batchId: 'batch-1' as BatchId, chunk, position });
    const money = { minor, currency: currency(code) };
    return { ...anInstruction({ money }), ...rest, id, reference: `${id}.${reference}`, updatedAt: NOW, ...current };
  });
