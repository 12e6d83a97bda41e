import { z } from 'zod';
import { digits, instant, object, otherwise, text } from '../kernel/fields.ts';
import type { Currency } from '../kernel/money.ts';
import type { Notification } from './notification.ts';

const currency = z
  .string(otherwise('must be a string'))
  .regex(/^[A-Z]{3}$/, 'must be a currency code of ISO 4217, such as IDR')
  .transform((code) => code as Currency);

/** The body of a notification. */
export const notificationRequest = object({
  type: z.literal('transfer.returned', 'must be transfer.returned'),
  reference: text(200),
  amount_minor: digits(30),
  currency,
  code: text(100),
  returned_at: instant,
})
  .transform(({ reference, amount_minor: minor, currency, code, returned_at: at }): GivenBackNotice => {
    return { reference, money: { minor, currency }, returned: { code, at: new Date(at).toISOString() } };
  })
  .meta({ id: 'RailNotification' });

/** What the rail says. */
export type GivenBackNotice = Pick<Notification, 'reference' | 'money' | 'returned'>;
