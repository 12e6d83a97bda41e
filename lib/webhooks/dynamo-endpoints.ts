import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { knownBy, recall, rememberKey } from '../aws/idempotency.ts';
import { getItem, queryAll } from '../aws/read.ts';
import { putNewItem, type TransactItem, transactWriteNamed } from '../aws/transact.ts';
import type { Secrets } from '../crypto/index.ts';
import type { DomainEvent } from '../events/index.ts';
import { appendToOutbox } from '../events/items.ts';
import { invariant } from '../kernel/errors.ts';
import type { KeyedRequest } from '../kernel/idempotency.ts';
import type { Endpoint, EndpointId } from './endpoint.ts';
import { ENDPOINTS, endpointItem, endpointKey, endpointOf } from './items.ts';
import type { EndpointStore } from './ports.ts';

export function dynamoEndpoints(
  client: DynamoDBDocumentClient,
  tables: { readonly webhooks: string; readonly events: string },
  secrets: Secrets,
): EndpointStore {
  const table = tables.webhooks;

  const withEvent = (item: TransactItem, { id }: Endpoint, event: DomainEvent, keyed: KeyedRequest | undefined) =>
    transactWriteNamed<string>(client, {
      item,
      event: appendToOutbox(tables.events, event),
      ...(keyed ? { key: rememberKey(table, keyed, id, Date.parse(event.time)) } : {}),
    });

  return {
    async read(id) {
      const item = await getItem(client, table, endpointKey(id));
      return item && endpointOf(item, await secrets.opener('webhooks'));
    },

    async recall(keyed, now) {
      return (await recall(client, table, keyed, now))?.resource as EndpointId | undefined;
    },

    async all() {
      const items = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :endpoints',
        ExpressionAttributeValues: { ':endpoints': ENDPOINTS },
        ConsistentRead: true,
      });
      if (items.length === 0) return [];
      const opener = await secrets.opener('webhooks');
      return items.map((item) => endpointOf(item, opener));
    },

    async insert(endpoint, event, keyed) {
      const item = putNewItem(table, endpointItem(endpoint, await secrets.sealer('webhooks')));
      const written = await withEvent(item, endpoint, event, keyed);
      if (written.done) return { kind: 'written' };
      const known = knownBy(written, keyed);
      invariant(known, 'the id of an endpoint is new');
      return known;
    },

    async replace({ before, after, event }, keyed) {
      const Item = endpointItem(after, await secrets.sealer('webhooks'));
      const unchanged = {
        TableName: table,
        ConditionExpression: 'version = :version',
        ExpressionAttributeValues: { ':version': before.version },
      };
      const written = await withEvent({ Put: { ...unchanged, Item } }, after, event, keyed);
      return written.done ? { kind: 'written' } : knownBy(written, keyed);
    },

    async remove({ before, after, event }) {
      const written = await transactWriteNamed<string>(client, {
        item: {
          Delete: {
            TableName: table,
            Key: endpointKey(before.id),
            ConditionExpression: 'version = :version',
            ExpressionAttributeValues: { ':version': before.version },
          },
        },
        deleted: putNewItem(table, endpointItem(after, await secrets.sealer('webhooks'))),
        event: appendToOutbox(tables.events, event),
      });
      return written.done;
    },
  };
}
