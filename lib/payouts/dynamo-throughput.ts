import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { queryAll } from '../aws/read.ts';
import { updateParameters } from '../aws/update.ts';
import { absentAs, entity, fields, type Item, named, text } from '../kernel/codec.ts';
import type { Currency } from '../kernel/money.ts';
import { minuteKey, THROUGHPUT } from './items.ts';
import { ENDED } from './payout.ts';
import { type Minute, minuteOf, type ThroughputStore } from './throughput-store.ts';

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
  return {
    async add(now, { paid, ...counts }) {
      const added = ENDED.filter((status) => counts[status] > 0).map((status) => [status, counts[status]] as const);
      const sums = [...paid].map(([currency, minor]) => [`${PAID}${currency}`, minor] as const);
      const update = updateParameters(table, minuteKey(minuteOf(now)), undefined, {
        set: { expires_at: Math.floor(now / 1_000) + KEPT_SECONDS },
        add: Object.fromEntries([...added, ...sums]),
      });
      await client.send(new UpdateCommand(update)).catch(onFailure);
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
