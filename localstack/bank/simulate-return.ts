import { z } from 'zod';
import type { Ledger } from './ledger.ts';
import { notificationId } from './notifier.ts';
import { BadRequest, parseOrRefuse } from './request.ts';

const returnSchema = z.strictObject({
  reference: z.string().min(1).max(200),
  code: z.string().min(1).max(100),
  /** By default all that is not given back yet. */
  amount_minor: z
    .string()
    .regex(/^[1-9]\d{0,77}$/)
    .optional(),
  delay_ms: z.int().min(0).max(600_000).default(0),
});

/** Gives money of a transfer back. @throws BadRequest if the transfer has not moved so much */
export async function simulateReturn(ledger: Ledger, body: unknown): Promise<{ notification_id: string }> {
  const { reference, code, amount_minor: amountMinor, delay_ms: delayMs } = parseOrRefuse(returnSchema, body);
  const id = await ledger.giveBack(reference, { code, amountMinor, delayMs });
  if (id === undefined) throw new BadRequest('reference: so much money was not moved for it');
  return { notification_id: notificationId(id) };
}
