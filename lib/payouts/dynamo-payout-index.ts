import type { DynamoDBDocumentClient, QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { chunk, isEqual, pick, range } from 'es-toolkit';
import { batchGet } from '../aws/read.ts';
import { firstOfShards } from '../aws/shards.ts';
import type { Secrets } from '../crypto/index.ts';
import type { Item } from '../kernel/codec.ts';
import { cursorOf, positionIn, unknownCursor } from '../kernel/page.ts';
import { openPayout, payoutOf, STATUS_SHARDS, statusIndex, statusPartition } from './dynamo-payout-items.ts';
import { parsePayoutId } from './ids.ts';
import type { Payout, SearchedStatus } from './payout.ts';
import type { PayoutIndex } from './ports.ts';

const KEYS_PER_READ = 100;
/** Before every position. DynamoDB refuses an empty string for a key, also in a condition. */
const BEFORE_ALL = ' ';
const POSITION = /^\d{4}-\d\d-\d\dT[\d:.]+Z#(.+)$/;

export function dynamoPayoutIndex(client: DynamoDBDocumentClient, table: string, secrets: Secrets): PayoutIndex {
  /** The payouts of these entries that are still where the index has them. */
  async function current(entries: readonly Item[]): Promise<Payout[]> {
    const keys = entries.map(({ pk, sk }) => ({ pk, sk }));
    const items = (await Promise.all(chunk(keys, KEYS_PER_READ).map((some) => batchGet(client, table, some)))).flat();
    const opener = await secrets.opener('payouts');
    const payouts = new Map(items.map((item) => [`${item.pk} ${item.sk}`, payoutOf(item)]));
    return entries.flatMap((entry) => {
      const payout = payouts.get(`${entry.pk} ${entry.sk}`);
      const isCurrent = payout && isEqual(pick(entry, ['gsi2pk', 'gsi2sk']), statusIndex(payout));
      return isCurrent ? [openPayout(opener, payout)] : [];
    });
  }

  function entriesAfter(status: SearchedStatus, after: string, limit: number): Promise<Item[]> {
    const shards = range(STATUS_SHARDS).map(
      (shard): QueryCommandInput => ({
        TableName: table,
        IndexName: 'gsi2',
        KeyConditionExpression: 'gsi2pk = :partition AND gsi2sk > :after',
        ExpressionAttributeValues: { ':partition': statusPartition(status, shard), ':after': after },
      }),
    );
    return firstOfShards(client, shards, 'gsi2sk', limit);
  }

  return {
    async oldest(status) {
      const [first] = await entriesAfter(status, BEFORE_ALL, 1);
      return first && `${first.gsi2sk}`.split('#', 1)[0];
    },

    async list(status, { limit, cursor }) {
      // One more than the page has, to know whether there is a next page.
      const after = cursor === undefined ? BEFORE_ALL : positionOf(status, cursor);
      const found = await entriesAfter(status, after, limit + 1);
      const entries = found.slice(0, limit);
      return {
        items: await current(entries),
        cursor: found.length > limit ? cursorOf(`${status} ${entries.at(-1)?.gsi2sk}`) : undefined,
      };
    },
  };
}

function positionOf(status: SearchedStatus, cursor: string): string {
  const [given, position = ''] = positionIn(cursor).split(' ', 2);
  const [, id = ''] = POSITION.exec(position) ?? [];
  if (given !== status || !parsePayoutId(id)) throw unknownCursor();
  return position;
}
