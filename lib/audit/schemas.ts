import { z } from 'zod';
import type { Position } from '../events/index.ts';
import type { Block, Header } from './block.ts';
import type { SignedHead } from './head.ts';

/*
 * What files and the bucket have to contain. Their content may be forged, so nothing is taken on trust.
 */
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();
const count = z.int().positive();

export const headerSchema: z.ZodType<Header> = z.strictObject({
  version: z.literal(1),
  number: count,
  previous: hash,
  first: count,
  count,
  root: hash,
  sealed_at: time,
  latest: time,
});

export const blockSchema: z.ZodType<Block> = z.strictObject({
  header: headerSchema,
  entries: z.array(
    z.strictObject({ position: z.custom<Position>((given) => typeof given === 'string'), subject: z.string(), hash }),
  ),
});

export const signedHeadSchema: z.ZodType<SignedHead> = z.strictObject({
  version: z.literal(1),
  number: count,
  hash,
  total: count,
  sealed_at: time,
  key: hash,
  algorithm: z.enum(['Ed25519', 'ECDSA_SHA_256']),
  signature: z.base64(),
});
