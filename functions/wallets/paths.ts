import { z } from 'zod';

/** Path parameters. An id that no wallet or payment can have is NOT_FOUND. */
export const walletPath = z.object({ user_id: z.string() });
export const paymentPath = z.object({ payment_id: z.string() });
