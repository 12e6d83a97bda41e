import { z } from 'zod';
import { pathId } from '../../lib/kernel/fields.ts';
import { BATCH_ID } from '../../lib/payouts/ids.ts';

/** The path parameters of a batch's routes. An id that no batch can have is NOT_FOUND. */
export const batchPath = z.object({ batch_id: pathId(BATCH_ID) });
