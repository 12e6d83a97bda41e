import { z } from 'zod';
import { count, int64, time } from '../kernel/fields.ts';

/*
 * The JSON that clients get (view.ts makes it).
 */

export const productAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    price_cents: int64(),
    stock: count(),
    initial_stock: count(),
    sold: count(),
    created_at: time(),
  })
  .meta({ id: 'Product', description: '`initial_stock` = `stock` + `sold`, at every read.' });

const line = z
  .object({
    product_id: z.string(),
    quantity: count(),
    price_cents: int64().meta({ description: 'Of one piece.' }),
  })
  .meta({ id: 'OrderLine' });

export const orderAnswer = z
  .object({
    id: z.string(),
    buyer_id: z.string(),
    ...line.partial().shape,
    lines: z.array(line),
    total_cents: z.custom<unknown>().meta({ type: 'integer', description: 'May exceed 64 bits.' }),
    created_at: time(),
  })
  .meta({ id: 'Order', description: 'An order of one product has the fields of its line at the top too.' });
