import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { putNew } from '../aws/update.ts';
import type { Item } from '../kernel/codec.ts';
import { invariant } from '../kernel/errors.ts';
import type { TimeRange } from './audit.ts';
import { auditedOf, auditIndexKey, auditItem, auditKey } from './items.ts';
import type { AuditLog } from './ports.ts';

export function dynamoAudit(client: DynamoDBDocumentClient, table: string): AuditLog {
  /** A range of one partition, of the table or of its index. */
  async function query(prefix: '' | 'gsi1', partition: string, { from, to }: TimeRange, limit: number, start?: Item) {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        ...(prefix === '' ? { ConsistentRead: true } : { IndexName: prefix }),
        // BETWEEN includes `to`, but no position is equal to a time: it has an id too.
        KeyConditionExpression: `${prefix}pk = :partition AND ${prefix}sk BETWEEN :from AND :to`,
        ExpressionAttributeValues: { ':partition': partition, ':from': from, ':to': to },
        Limit: limit,
        ExclusiveStartKey: start,
      }),
    );
    return Items.map(auditedOf);
  }

  return {
    async append(event) {
      const item = auditItem(event);
      const written = await putNew(client, table, item);
      if (!written.done)
        invariant(written.found?.event === item.event, `the event ${event.id} differs from the stored one`);
      return written.done;
    },

    ofDay(day, range, limit) {
      const { after } = range;
      const start = after?.startsWith(day) ? auditKey(after) : undefined;
      return query('', `AUDIT#${day}`, range, limit, start);
    },

    ofSubject(subject, range, limit) {
      const { after } = range;
      const start = after && { ...auditKey(after), ...auditIndexKey(subject, after) };
      return query('gsi1', `SUBJECT#${subject}`, range, limit, start);
    },
  };
}
