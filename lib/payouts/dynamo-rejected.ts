import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { queryAll } from '../aws/read.ts';
import { transactWrite } from '../aws/transact.ts';
import { deleteItem } from '../aws/update.ts';
import type { Secrets } from '../crypto/index.ts';
import { entity, fields, text } from '../kernel/codec.ts';
import { AppError } from '../kernel/errors.ts';
import type { BatchId } from './ids.ts';
import { batchKey, rejectedKey } from './items.ts';
import type { RejectedStore } from './ports.ts';
import { rowsOfText, rowsToText } from './rejected-row.ts';

/** Encryption makes 4 bytes of 3. An item has at most 400 KB (DynamoDB quotas). */
const PART_CHARACTERS = 180_000;
const ATTRIBUTE = 'rejected';

const part = entity(fields<{ readonly rejected: string }>({ rejected: text() }));

/** The rows are one text, so that one row may be of any size. Its parts are encrypted: they have accounts. */
export function dynamoRejected(client: DynamoDBDocumentClient, table: string, secrets: Secrets): RejectedStore {
  const query = (id: BatchId) =>
    queryAll(client, {
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': rejectedKey(id, 1).pk },
      ConsistentRead: true,
    });

  return {
    async insert({ id, creatorUntil }, rows) {
      const sealer = await secrets.sealer('payouts');
      const whole = rowsToText(rows);
      for (let at = 0; at < whole.length; at += PART_CHARACTERS) {
        const key = rejectedKey(id, at / PART_CHARACTERS + 1);
        const rejected = sealer.seal(whole.slice(at, at + PART_CHARACTERS), { ...key, attribute: ATTRIBUTE });
        const stillCreating = {
          TableName: table,
          Key: batchKey(id),
          ConditionExpression: '#status = :creating AND creator_until = :mine',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':creating': 'creating', ':mine': creatorUntil },
        };
        const { done } = await transactWrite(client, [
          { ConditionCheck: stillCreating },
          { Put: { TableName: table, Item: { ...key, ...part.encode({ rejected }) } } },
        ]);
        if (!done) throw new AppError('REQUEST_IN_PROGRESS', { retryAfter: 1 });
      }
    },

    async read(id) {
      const items = await query(id);
      if (items.length === 0) return [];
      const opener = await secrets.opener('payouts');
      const parts = items.map((item) =>
        opener.open(part.decode(item).rejected, { pk: `${item.pk}`, sk: `${item.sk}`, attribute: ATTRIBUTE }),
      );
      return rowsOfText(parts.join(''));
    },

    async remove(id) {
      for (const { pk, sk } of await query(id)) {
        await deleteItem(client, { TableName: table, Key: { pk, sk } });
      }
    },
  };
}
