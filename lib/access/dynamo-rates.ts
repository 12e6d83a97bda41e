import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { conditionalUpdate } from '../aws/update.ts';
import { entity, fields } from '../kernel/codec.ts';
import { limitPartition } from './dynamo-limits.ts';
import type { RateStore } from './ports.ts';

/*
 *     pk LIMIT#<key id>  sk RATE  the bucket of tokens of a key
 *
 * A bucket is one number: the time at which it is full again, in microseconds. To take a token moves it by the time that one
 * token needs to come back (the generic cell rate algorithm, ITU-T I.371). So no write depends on an earlier read.
 */
const MICROS = 1_000_000;
/** A bucket that nothing has taken from for so long is full, and DynamoDB deletes it. */
const KEPT_SECONDS = 7 * 24 * 60 * 60;
/** Each further try means that another container has taken tokens in between. */
const MAX_TRIES = 5;

type Bucket = { readonly fullAt: number };
const { decode: bucketOf } = entity(fields<Bucket>({ fullAt: z.number() }));

export function dynamoRates(client: DynamoDBDocumentClient, table: string): RateStore {
  return {
    async take(keyId, { perSecond, burst }, wanted, nowMs) {
      const timeFor = (tokens: number) => Math.ceil((tokens * MICROS) / perSecond);
      const [now, capacity] = [nowMs * 1_000, timeFor(burst)];
      const takeFrom = (isFull: boolean, tokens: number) =>
        conditionalUpdate(client, {
          table,
          key: { pk: limitPartition(keyId), sk: 'RATE' },
          condition: isFull ? 'attribute_not_exists(full_at) OR full_at < :now' : 'full_at BETWEEN :now AND :most',
          change: {
            set: { expires_at: Math.floor(nowMs / 1_000) + KEPT_SECONDS },
            compute: { full_at: isFull ? ':now + :cost' : '#full_at + :cost' },
            values: {
              ...{ ':now': now, ':cost': timeFor(tokens) },
              ...(isFull ? {} : { ':most': now + capacity - timeFor(tokens) }),
            },
          },
        });
      let tokens = Math.min(wanted, burst);
      let fullAt = now;
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const written = await takeFrom(fullAt < now, tokens);
        if (written.done) return { taken: tokens, nextAt: tokens < wanted ? nowMs + 1_000 / perSecond : nowMs };
        fullAt = written.found ? bucketOf(written.found).fullAt : Number.NEGATIVE_INFINITY;
        const left = Math.floor(((now + capacity - fullAt) * perSecond) / MICROS);
        if (left < 1) break;
        tokens = Math.min(wanted, burst, left);
      }
      return { taken: 0, nextAt: Math.max(nowMs, Math.ceil((fullAt - capacity + timeFor(1)) / 1_000)) };
    },
  };
}
