import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { chunk } from 'es-toolkit';
import { newestFirst, overdueIds } from '../aws/listing.ts';
import { batchGet, getItem, queryAll } from '../aws/read.ts';
import { putNewItem, transactWrite } from '../aws/transact.ts';
import { putNew } from '../aws/update.ts';
import type { Secrets } from '../crypto/index.ts';
import { appendToOutbox } from '../events/items.ts';
import { invariant } from '../kernel/errors.ts';
import { type ApprovalId, approvalIdOf } from './approval.ts';
import { NO_POLICY } from './approval-policy.ts';
import type { ApprovalStore, BackfillStore, KnownPayees, PolicyStore } from './approval-ports.ts';
import {
  ALL_APPROVALS,
  approvalItem,
  approvalKey,
  approvalOfItem,
  approvalPuts,
  approvalWrite,
  backfillItem,
  backfillKey,
  backfillOf,
  knownKey,
  nextVersion,
  policyItem,
  policyKey,
  policyOfItem,
  WAITING,
} from './dynamo-approval-items.ts';
import { keyOf } from './items.ts';
import { isOtherApprover } from './key.ts';

type Tables = { readonly access: string; readonly events: string };

export function dynamoApprovals(client: DynamoDBDocumentClient, tables: Tables): ApprovalStore {
  const table = tables.access;
  const listing = {
    table,
    partition: ALL_APPROVALS,
    parseId: approvalIdOf,
    keyOf: approvalKey,
    decode: approvalOfItem,
  };

  return {
    async read(id) {
      const item = await getItem(client, table, approvalKey(id));
      return item && approvalOfItem(item);
    },

    list: ({ status, ...page }) => newestFirst(client, status ? { ...listing, where: { status } } : listing, page),

    listOverdue: (now) => overdueIds<ApprovalId>(client, table, WAITING, now),

    toInsert: (approval, event) =>
      approvalWrite({
        approval: putNewItem(table, approvalItem(approval)),
        requested: appendToOutbox(tables.events, event),
      }),

    toAdvance(before, after, event) {
      invariant(before.status === 'waiting' && after.version === before.version + 1, 'only a waiting approval changes');
      return approvalWrite({
        approval: nextVersion(table, approvalItem(after), before.version),
        decided: appendToOutbox(tables.events, event),
      });
    },

    async write(...changes) {
      const puts = changes.flatMap((change) => Object.values(approvalPuts(change)));
      return (await transactWrite(client, puts)).done;
    },
  };
}

export function dynamoPolicies(client: DynamoDBDocumentClient, tables: Tables): PolicyStore {
  const table = tables.access;

  return {
    async read() {
      const item = await getItem(client, table, policyKey());
      return item ? policyOfItem(item) : NO_POLICY;
    },

    async readVersion(version) {
      const item = await getItem(client, table, policyKey(version));
      return item && policyOfItem(item);
    },

    toReplace: (policy, event) =>
      approvalWrite({
        policy: nextVersion(table, { ...policyItem(policy), ...policyKey() }, policy.version - 1),
        version: putNewItem(table, { ...policyItem(policy), ...policyKey(policy.version) }),
        ...(event ? { changed: appendToOutbox(tables.events, event) } : {}),
      }),

    async hasOtherApprover(person, now) {
      const items = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :keys',
        ExpressionAttributeValues: { ':keys': 'KEYS' },
        ConsistentRead: true,
      });
      return items.map(keyOf).some((key) => isOtherApprover(key, person, now));
    },
  };
}

const MAX_KEYS = 100;

/** Under keyed hashes: the table has no names and no accounts in plain. */
export function dynamoKnownPayees(
  client: DynamoDBDocumentClient,
  table: string,
  secrets: Pick<Secrets, 'hmac'>,
): KnownPayees {
  async function keysOf(names: readonly string[]) {
    const hmacOf = await secrets.hmac();
    return new Map(names.map((name) => [knownKey(hmacOf('known', name)).pk, name]));
  }

  async function unknownOf(names: readonly string[]): Promise<Map<string, string>> {
    const unknown = await keysOf(names);
    for (const some of chunk([...unknown.keys()], MAX_KEYS)) {
      const found = await batchGet(
        client,
        table,
        some.map((pk) => ({ ...knownKey(''), pk })),
      );
      for (const { pk } of found) unknown.delete(`${pk}`);
    }
    return unknown;
  }

  return {
    unknownAmong: async (names) => new Set((await unknownOf(names)).values()),

    async remember(names) {
      const unknown = await unknownOf(names);
      await Promise.all([...unknown.keys()].map((pk) => putNew(client, table, { ...knownKey(''), pk })));
    },
  };
}

/** Two runs at once repeat work: each run continues after the payees that it has stored or found. */
export function dynamoBackfills(client: DynamoDBDocumentClient, table: string): BackfillStore {
  return {
    async read(source) {
      const item = await getItem(client, table, backfillKey(source));
      return item && backfillOf(item);
    },

    async write(backfill) {
      await client.send(new PutCommand({ TableName: table, Item: backfillItem(backfill) }));
    },
  };
}
