import { z } from 'zod';
import { always, instant, object, otherwise, text } from '../kernel/fields.ts';
import type { ClaimKey, Duplicates } from './claim.ts';
import { BATCH_ID } from './ids.ts';
import type { Instruction } from './payout.ts';
import { ON_INVALID, type OnInvalid, type RejectedRow, SkippedRows, withoutInvalid } from './rejected-row.ts';
import { sameKeys } from './repeated-keys.ts';
import {
  ENTRIES,
  type Given,
  instructionOfPix,
  instructionOfVendor,
  isObject,
  pixItem,
  SHAPES,
  vendorPayout,
} from './request-entry.ts';
import { duplicates, options, refuseClaimsWithoutCheck } from './request-options.ts';

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

/** PIX items are often sent again in another batch, so these are skipped. A vendor payout that is sent again is a mistake. */
export function duplicatesIn({
  duplicates,
  instructions,
}: Pick<BatchRequest, 'duplicates' | 'instructions'>): Duplicates {
  return duplicates ?? (instructions[0]?.destination.type === 'pix' ? 'skip' : 'reject');
}

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
  ...options,
  start_at: startAt.optional().meta({
    description: 'When the batch starts by itself, at most 90 days ahead. Without it the batch starts at once.',
  }),
  duplicates: duplicates.optional().meta({
    description:
      'What happens to a payout whose key another payout has. `reject` (usual for `payouts`): the request is refused. `skip` (usual for `items`): the others are stored and paid, and the report names it. `allow`: keys are neither checked nor claimed.',
  }),
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
    refuseClaimsWithoutCheck(body, context);
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

/** The body of POST /batches: vendor payouts in major units, or PIX items in centavos. */
export const batchRequest = z.preprocess(skipInvalid, wholeRequest);
