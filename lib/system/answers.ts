import { z } from 'zod';

/** GET /health. `mismatch`: all is up, but an operator has to run `npm run migrate`. */
export const healthAnswer = z
  .object({
    status: z.enum(['ok', 'mismatch', 'degraded']),
    checks: z.record(z.string(), z.enum(['up', 'down'])),
    migrations: z.object({
      expected: z.int(),
      found: z.union([z.int(), z.null()]),
      dirty: z.union([z.boolean(), z.null()]),
    }),
  })
  .meta({ id: 'Health' });
