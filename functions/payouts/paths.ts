import { z } from 'zod';
import { pathId } from '../../lib/kernel/fields.ts';
import { BATCH_ID, PAYOUT_ID } from '../../lib/payouts/ids.ts';

/* The path parameters of routes. An id that no batch or payout can have is NOT_FOUND. */
export const batchPath = z.object({ batch_id: pathId(BATCH_ID) });
export const payoutPath = z.object({ payout_id: pathId(PAYOUT_ID) });
