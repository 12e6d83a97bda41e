import { z } from 'zod';
import { entity, fields, json, named, text } from '../kernel/codec.ts';
import type { Head, Listed } from './ports.ts';
import { signedHeadSchema } from './schemas.ts';

/**
 * The table of the sealer:
 *
 *     pk HEAD    sk HEAD                    the head
 *     pk BLOCKS  sk <sealed_at>#<number>    a block, in the order of the chain
 */
export const headKey = { pk: 'HEAD', sk: 'HEAD' };
export const BLOCKS = 'BLOCKS';

export const { encode: headItem, decode: headOf } = entity<Head>(
  fields<Head>({
    version: z.int(),
    number: z.int(),
    hash: text(),
    total: z.int(),
    sealed_at: text(),
    latest: text(),
    from: text(),
    late: text(),
    checked_at: text(),
    signed: json(signedHeadSchema).optional(),
    isKept: named('is_kept', z.boolean()),
  }),
  () => headKey,
);

export const { encode: listedItem, decode: listedOf } = entity<Listed>(
  fields<Listed>({ number: z.int(), hash: text(), sealed_at: text(), earliest: text(), last: text() }),
  ({ number, sealed_at }) => ({ pk: BLOCKS, sk: `${sealed_at}#${padded(number)}` }),
);

/** Numbers in names sort as text. */
export const padded = (number: number) => String(number).padStart(12, '0');
