import { z } from 'zod';
import { absentAs, type Fields, flat, text } from '../kernel/codec.ts';
import type { Attempt } from './attempt.ts';
import type { Lease } from './lease.ts';
import type { Refusal } from './port.ts';

/** How items of other domains store what the rail knows of an instruction. */

/** The first reference follows from the id of the instruction and is not stored. */
export const attemptFields: Fields<Omit<Attempt, 'reference'> & Partial<Pick<Attempt, 'reference'>>> = {
  reference: text().optional(),
  attempts: z.int(),
  unanswered: absentAs(false, z.boolean()),
};

export const leaseFields = flat<Lease>({ owner: text(), until: z.number() }, { prefix: 'lease_', optional: true });

export const refusal = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
}) satisfies z.ZodType<Refusal>;
