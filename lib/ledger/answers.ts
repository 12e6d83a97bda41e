import { z } from 'zod';
import { count, int64, orNull, time } from '../kernel/fields.ts';
import { ENTRY_TYPES } from './entry.ts';

/*
 * The JSON that clients get of entries (view.ts makes it).
 */

export const walletAmount = z.union([int64(), z.string().meta({ pattern: '^-?\\d+$' })]).meta({
  id: 'WalletAmount',
  description: 'A number of a currency’s minor unit, or a string of digits of an asset’s smallest unit.',
});

const entry = z
  .object({
    entry_id: z.string(),
    type: z.enum(ENTRY_TYPES),
    postings: z
      .array(z.object({ account: z.string(), amount: walletAmount, currency: z.string() }))
      .meta({ description: 'They sum to zero in each currency.' }),
    seq: orNull(count()).meta({ description: 'Its number on the wallet’s statement. Null if it moves no wallet.' }),
    created_at: time(),
  })
  .meta({ id: 'JournalEntry' });

/** Of what a payment or a withdrawal has posted. */
export const entriesAnswer = z.object({ entries: z.array(entry) });
