import { z } from 'zod';
import { count, int64, orNull, time } from '../kernel/fields.ts';
import { KEY_SCOPES } from '../kernel/principal.ts';
import { KEY_STATUSES } from './key.ts';

/*
 * The JSON that clients get (view.ts makes it). No answer has a hash; only that of a new secret has a secret.
 */

/** In requests too. */
export const keyScope = z.enum(KEY_SCOPES, `must be one of ${KEY_SCOPES.join(', ')}`).meta({ id: 'KeyScope' });

const amounts = z.record(
  z.string(),
  z.union([int64(), z.string().meta({ pattern: '^\\d+$' })]).meta({
    id: 'LimitAmount',
    description: 'A number of a currency’s minor unit, or a string of digits of an asset’s smallest unit.',
  }),
);

const limits = z
  .object({
    requests_per_second: z.int().optional(),
    burst: z.int().optional(),
    max_per_payout: amounts.optional(),
    max_per_day: amounts.optional(),
  })
  .meta({ id: 'KeyLimits', description: 'What is absent is not limited.' });

const key = {
  key_id: z.string(),
  name: z.string(),
  person: z.string(),
  status: z.enum(KEY_STATUSES),
  scopes: z.array(keyScope),
  limits,
  created_at: time(),
  expires_at: orNull(time()),
  revoked_at: orNull(time()),
  approval_id: orNull(z.string()).meta({
    description: 'The approval that it waits for while the status is `awaiting_approval`.',
  }),
  old_secrets_until: orNull(time()).meta({ description: 'While the key is rotated: when its old secrets end.' }),
};
export const keyAnswer = z.object(key).meta({ id: 'Key' });

export const keyWithUseAnswer = z
  .object({
    ...key,
    last_used_at: orNull(time()).meta({ description: 'At most two minutes late. Null: never used.' }),
  })
  .meta({ id: 'KeyWithUse' });

export const ownKeyAnswer = z
  .object({
    ...keyWithUseAnswer.shape,
    used_today: amounts.meta({ description: 'Of `max_per_day`, on this day in UTC.' }),
  })
  .meta({ id: 'OwnKey' });

export const sessionAnswer = z
  .object({
    session_id: orNull(z.string()).meta({ description: 'Null: the request has a key instead of a session.' }),
    expires_at: orNull(time()).meta({ description: 'When the session, or the key of the request, ends.' }),
    key: keyAnswer,
    assets: z
      .array(z.object({ code: z.string(), decimals: count() }))
      .meta({ description: 'The assets of withdrawals. Amounts of them are in their smallest unit.' }),
  })
  .meta({ id: 'Session' });

export const newSecretAnswer = z
  .object({
    ...key,
    secret: z.string().optional().meta({
      description:
        'The value of X-API-Key. Only in the first answer: it is not stored, and a repeated request does not return it.',
    }),
  })
  .meta({ id: 'KeyWithSecret' });
