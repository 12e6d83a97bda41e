import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { sumBy } from 'es-toolkit';
import { z } from 'zod';
import { queryAll } from '../aws/read.ts';
import { updateParameters } from '../aws/update.ts';
import { coalesce } from '../kernel/coalesce.ts';
import { absentAs, entity, fields, type Item, named, text } from '../kernel/codec.ts';
import type { Currency } from '../kernel/money.ts';
import { addSums } from './chunk.ts';
import { minuteKey, THROUGHPUT } from './items.ts';
import { ENDED } from './payout.ts';
import { type EndedCounts, type Minute, minuteOf, type ThroughputStore } from './throughput-store.ts';

const KEPT_SECONDS = 6 * 60 * 60;
/** The attribute of a currency is `paid_IDR`: a number, because the database adds to it, exactly up to 38 digits. */
const PAID = 'paid_';

const count = absentAs(0, z.int());
const { decode } = entity(
  fields<Omit<Minute, 'paid'>>({
    at: named('sk', text()),
    completed: count,
    failed: count,
    cancelled: count,
    returned: count,
  }),
);

function minuteOfItem(item: Item): Minute {
  const paid = Object.entries(item)
    .filter(([name]) => name.startsWith(PAID))
    .map(([name, sum]): [Currency, bigint] => [name.slice(PAID.length) as Currency, BigInt(`${sum}`)]);
  return { ...decode(item), paid: new Map(paid) };
}

/** @param onFailure gets the failure of an addition, for the log */
export function dynamoThroughput(
  client: DynamoDBDocumentClient,
  table: string,
  onFailure: (error: Error) => void,
): ThroughputStore {
  /** Of chunks that this process has committed while it wrote the counters, by minute. */
  const waiting = new Map<string, EndedCounts[]>();

  const write = coalesce(async (minute: string) => {
    const all = waiting.get(minute) ?? [];
    waiting.delete(minute);
    const counts = ENDED.map((status) => [status, sumBy(all, (each) => each[status])] as const);
    const sums = [...addSums(all.map(({ paid }) => paid))].map(([currency, sum]) => [PAID + currency, sum] as const);
    const update = updateParameters(table, minuteKey(minute), undefined, {
      set: { expires_at: Math.floor(Date.parse(minute) / 1_000) + KEPT_SECONDS },
      add: Object.fromEntries([...counts.filter(([, count]) => count > 0), ...sums]),
    });
    await client.send(new UpdateCommand(update)).catch(onFailure);
  });

  return {
    async add(now, counts) {
      const minute = minuteOf(now);
      waiting.set(minute, [...(waiting.get(minute) ?? []), counts]);
      await write(minute);
    },

    async read(since) {
      const items = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :minutes AND sk >= :since',
        ExpressionAttributeValues: { ':minutes': THROUGHPUT, ':since': minuteOf(since) },
      });
      return items.map(minuteOfItem);
    },
  };
}
