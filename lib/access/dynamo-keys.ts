import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { knownBy, recall, rememberKey } from '../aws/idempotency.ts';
import { getItem, queryAll } from '../aws/read.ts';
import { putNewItem, type TransactItem, transactWrite, transactWriteNamed } from '../aws/transact.ts';
import { updateParameters } from '../aws/update.ts';
import { appendToOutbox } from '../events/items.ts';
import type { Item } from '../kernel/codec.ts';
import { AppError, invariant } from '../kernel/errors.ts';
import type { KeyedRequest } from '../kernel/idempotency.ts';
import { cursorOf, positionIn, unknownCursor } from '../kernel/page.ts';
import type { KeyId } from '../kernel/principal.ts';
import { USE_MS } from './authenticate.ts';
import { approvalPuts } from './dynamo-approval-items.ts';
import { KEYS, keyItem, keyKey, keyOf, secretItem, secretKey, secretOwnerOf, USED, useKey, useOf } from './items.ts';
import { type ApiKey, keyIdOf } from './key.ts';
import type { KeyFinder, KeyStore } from './ports.ts';

/** A request waits this long at most for the record of its use. */
const RECORD_WITHIN_MS = 1_000;

export function dynamoKeyFinder(client: DynamoDBDocumentClient, table: string): KeyFinder {
  return {
    async findByHash(hash) {
      const found = await getItem(client, table, secretKey(hash));
      if (!found) return undefined;
      const { keyId, session } = secretOwnerOf(found);
      const item = await getItem(client, table, keyKey(keyId));
      return item && { key: keyOf(item), secretHash: session?.secretHash ?? hash, session };
    },

    async recordUse(id, now) {
      const update = updateParameters(table, useKey(id), 'attribute_not_exists(pk) OR #used_at <= :before', {
        set: { used_at: new Date(now).toISOString() },
        values: { ':before': new Date(now - USE_MS).toISOString() },
      });
      const inTime = { abortSignal: AbortSignal.timeout(RECORD_WITHIN_MS) };
      await client.send(new UpdateCommand(update), inTime).catch((error: unknown) => {
        if (!(error instanceof ConditionalCheckFailedException)) throw error; // another process has recorded a use
      });
    },
  };
}

export function dynamoKeys(client: DynamoDBDocumentClient, table: string, eventsTable: string): KeyStore {
  async function read(id: KeyId): Promise<ApiKey | undefined> {
    const item = await getItem(client, table, keyKey(id));
    return item && keyOf(item);
  }

  const remember = (keyed: KeyedRequest | undefined, { id }: ApiKey, time: string) =>
    keyed ? { key: rememberKey(table, keyed, id, Date.parse(time)) } : {};

  /** A condition on a key that this transaction does not change. */
  const unchanged = ({ id, version }: ApiKey): TransactItem => ({
    ConditionCheck: {
      TableName: table,
      Key: keyKey(id),
      ConditionExpression: 'version = :version',
      ExpressionAttributeValues: { ':version': version },
    },
  });

  return {
    ...dynamoKeyFinder(client, table),
    read,

    async list({ limit, cursor }) {
      const from = cursor === undefined ? undefined : keyIdOf(positionIn(cursor));
      if (cursor !== undefined && from === undefined) throw unknownCursor();
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :keys',
          ExpressionAttributeValues: { ':keys': KEYS },
          ScanIndexForward: false,
          Limit: limit + 1, // one more than the page has, to know whether there is a next page
          ExclusiveStartKey: from && keyKey(from),
          ConsistentRead: true,
        }),
      );
      const items = Items.slice(0, limit).map(keyOf);
      const last = items.at(-1);
      return Items.length > limit && last ? { items, cursor: cursorOf(last.id) } : { items };
    },

    async recall(keyed, now) {
      return (await recall(client, table, keyed, now))?.resource as KeyId | undefined;
    },

    async all() {
      return (await queryAll(client, partition(table, KEYS))).map(keyOf);
    },

    async lastUses(ids) {
      if (ids.length === 0) return new Map();
      const [first, last] = [ids.toSorted()[0], ids.toSorted().at(-1)];
      const { ExpressionAttributeValues, ...query } = partition(table, USED);
      const items = await queryAll(client, {
        ...query,
        KeyConditionExpression: 'pk = :partition AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: { ...ExpressionAttributeValues, ':first': first, ':last': last },
      });
      return new Map(items.map(useOf).map(({ id, usedAt }) => [id, usedAt]));
    },

    async insertSession(hash, { keyId, session }, event) {
      const item = { ...secretItem({ hash, keyId, session }), ...expiry(session.expiresAt) };
      const written = await transactWrite(client, [putNewItem(table, item), appendToOutbox(eventsTable, event)]);
      invariant(written.done, 'a new token is random');
    },

    async deleteSession(hash, event) {
      const item = {
        Delete: { TableName: table, Key: secretKey(hash), ConditionExpression: 'attribute_exists(pk)' },
      };
      await transactWrite(client, [item, appendToOutbox(eventsTable, event)]);
    },

    async insert(key, event, { keyed, approval } = {}) {
      const written = await transactWriteNamed<string>(client, {
        item: putNewItem(table, keyItem(key)),
        ...newSecrets(table, key),
        event: appendToOutbox(eventsTable, event),
        ...(approval ? approvalPuts(approval) : {}),
        ...remember(keyed, key, event.time),
      });
      if (written.done) return { key, replayed: false };
      const known = knownBy(written, keyed);
      if (!known) throw refusal(written.refused, key);
      const first = await read(known.resource as KeyId);
      invariant(first, 'a key is never deleted');
      return { key: first, replayed: true };
    },

    async replace({ before, after, event, keyed, witness, decision }) {
      const written = await transactWriteNamed<string>(client, {
        item: {
          Put: {
            TableName: table,
            Item: keyItem(after),
            ConditionExpression: 'version = :version',
            ExpressionAttributeValues: { ':version': before.version },
          },
        },
        ...newSecrets(table, after, before),
        ...(witness ? { witness: unchanged(witness) } : {}),
        event: appendToOutbox(eventsTable, event),
        ...(decision ? approvalPuts(decision) : {}),
        ...remember(keyed, after, event.time),
      });
      if (written.done) return { kind: 'written' };
      const known = knownBy(written, keyed);
      if (known) return known;
      if (written.refused.has('secret')) throw refusal(written.refused, after);
      return undefined;
    },
  };
}

/** The table deletes the item some time after this time. @param time RFC 3339 */
const expiry = (time: string) => ({ expires_at: Math.ceil(Date.parse(time) / 1_000) });

const partition = (table: string, name: string) => ({
  TableName: table,
  KeyConditionExpression: 'pk = :partition',
  ExpressionAttributeValues: { ':partition': name },
  ConsistentRead: true,
});

/** The item that finds a new secret, if the newest secret is new. */
function newSecrets(table: string, { id, secrets }: ApiKey, before?: ApiKey): { secret?: TransactItem } {
  const [newest] = secrets;
  invariant(newest, 'a key has a secret');
  if (before?.secrets[0]?.hash === newest.hash) return {};
  return { secret: putNewItem(table, secretItem({ hash: newest.hash, keyId: id })) };
}

function refusal(refused: ReadonlyMap<string, Item | undefined>, { id }: ApiKey): AppError {
  if (!refused.has('secret')) return new AppError('INVALID_STATE', { message: `The key ${id} exists.` });
  const details = [{ path: 'secret_sha256', reason: 'belongs to another key, or to an earlier secret of this one' }];
  return new AppError('VALIDATION_ERROR', { details });
}
