import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { chunk, isEqual } from 'es-toolkit';
import { approvalPuts, giveBack, refuseBeyondLimit, reserve } from '../access/items.ts';
import { resourceIn } from '../aws/idempotency.ts';
import { newestFirst } from '../aws/listing.ts';
import { batchGet, getItem, sharedReads } from '../aws/read.ts';
import { putNewItem, transactWriteNamed } from '../aws/transact.ts';
import { conditionalPut, conditionalUpdateWith } from '../aws/update.ts';
import type { Opener, Sealer, Secrets } from '../crypto/index.ts';
import type { DomainEvent } from '../events/index.ts';
import { appendToOutbox } from '../events/items.ts';
import type { Item } from '../kernel/codec.ts';
import { invariant } from '../kernel/errors.ts';
import { companion, STALE } from '../ledger/items.ts';
import { DEAD_LETTER_MESSAGE, deadLetterItem } from '../recovery/items.ts';
import { parseWithdrawalId, type WithdrawalId, withdrawalIdOf } from './ids.ts';
import {
  OLDER_OPEN_PARTITIONS,
  olderKey,
  openKey,
  openOf,
  openPartitions,
  openWithdrawal,
  sealWithdrawal,
  userPartition,
  withdrawalItem,
  withdrawalKey,
  withdrawalOf,
} from './items.ts';
import { deadPlace, type Open, type OpenPart, placeOf } from './open.ts';
import type { Along, Changed, Existing, WithdrawalStore } from './ports.ts';
import type { New, Withdrawal } from './withdrawal.ts';

const KEYS_PER_CALL = 100;

type Tables = {
  readonly withdrawals: string;
  readonly wallets: string;
  readonly events: string;
  readonly access: string;
};

type Range = { readonly after: string; readonly upTo: string };
type Cut = { readonly open: Open[]; readonly cutAt?: string };

type Cipher = { readonly sealer: Sealer; readonly opener: Opener };

export function dynamoWithdrawals(client: DynamoDBDocumentClient, tables: Tables, secrets: Secrets): WithdrawalStore {
  const table = tables.withdrawals;

  async function read(id: WithdrawalId): Promise<Withdrawal | undefined> {
    const item = await getItem(client, table, withdrawalKey(id));
    return item && opened(await secrets.opener('withdrawals'), item);
  }

  const readTogether = sharedReads(client, table);

  async function cipher(): Promise<Cipher> {
    const sealer = await secrets.sealer('withdrawals'); // its first use creates the key that the opener needs
    return { sealer, opener: await secrets.opener('withdrawals') };
  }

  /** The next version, on condition that the stored one is still the one that was read. */
  const next = (sealer: Sealer, before: Withdrawal, after: Withdrawal) => ({
    TableName: table,
    Item: withdrawalItem(sealWithdrawal(sealer, after)),
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': before.version },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  });

  const inserted = (sealer: Sealer, withdrawal: New, event: DomainEvent, { demand, approval }: Along) => ({
    withdrawal: putNewItem(table, withdrawalItem(sealWithdrawal(sealer, withdrawal))),
    event: appendToOutbox(tables.events, event),
    ...reserve(tables.access, demand),
    ...(approval ? approvalPuts(approval) : {}),
  });

  const advanced = (
    sealer: Sealer,
    before: Withdrawal,
    after: Withdrawal,
    { events, demand, approval }: Along & { readonly events: readonly DomainEvent[] },
  ) => ({
    withdrawal: { Put: next(sealer, before, after) },
    ...(approval ? approvalPuts(approval) : {}),
    ...Object.fromEntries(events.map((event, index) => [`event${index}`, appendToOutbox(tables.events, event)])),
    ...reserve(tables.access, demand),
    ...giveBack(tables.access, after.reservation ? undefined : before.reservation),
  });

  /** The first items of a partition of the index of open withdrawals. `cutAt`: the place of the last one, if it has more. */
  async function listPartition(partition: string, limit: number, { after, upTo }: Range): Promise<Cut> {
    const open: Open[] = [];
    const query = {
      TableName: table,
      IndexName: 'gsi2',
      KeyConditionExpression: 'gsi2pk = :partition AND gsi2sk BETWEEN :after AND :up_to',
      // A place with a space at its end comes directly after that place.
      ExpressionAttributeValues: { ':partition': partition, ':after': `${after} `, ':up_to': upTo },
    };
    for await (const { Items = [], LastEvaluatedKey } of paginateQuery({ client, pageSize: limit }, query)) {
      open.push(...Items.map(openOf));
      if (open.length >= limit && LastEvaluatedKey) return { open, cutAt: `${LastEvaluatedKey.gsi2sk}` };
    }
    return { open };
  }

  /** From the partitions of earlier versions, which are in the order of creation. */
  async function listOlder(part: OpenPart, limit: number, { after, upTo }: Range) {
    const lists = await Promise.all(
      OLDER_OPEN_PARTITIONS.map((partition) => listPartition(partition, limit, { after: '', upTo: '~' })),
    );
    const isWanted = (one: Open) => {
      const { part: ofOne, at } = placeOf(one);
      return ofOne === part && at > after && at <= upTo;
    };
    const open = lists.flatMap((list) => list.open.filter(isWanted));
    return { open, isComplete: lists.every(({ cutAt }) => cutAt === undefined) };
  }

  return {
    read,

    async insert(withdrawal, event, along) {
      const { sealer, opener } = await cipher();
      const result = await transactWriteNamed(client, inserted(sealer, withdrawal, event, along));
      if (result.done) return { kind: 'done' };
      const existing = existingIn(opener, result.refused) ?? refuseBeyondLimit(result.refused, along.demand);
      invariant(existing, 'an event is refused only together with its withdrawal');
      return existing;
    },

    async readyToInsert() {
      const { sealer, opener } = await cipher();
      return (withdrawal, event, along) =>
        companion(
          inserted(sealer, withdrawal, event, along),
          (refused) => existingIn(opener, refused) ?? refuseBeyondLimit(refused, along.demand) ?? STALE,
        );
    },

    async readByKey(userId, key, now) {
      const keys = [withdrawalKey(withdrawalIdOf(userId, key)), olderKey(userId, key)];
      const found = await readTogether(keys);
      const withdrawal = found.find(({ sk }) => sk === 'WITHDRAWAL');
      if (withdrawal) return opened(await secrets.opener('withdrawals'), withdrawal);
      const older = resourceIn(found[0], now);
      return older === undefined ? undefined : read(older as WithdrawalId);
    },

    async advance(before, after, events = [], along = {}) {
      const { sealer, opener } = await cipher();
      if (events.length === 0 && !along.approval) {
        const put = next(sealer, before, after);
        const written = await conditionalPut(client, put);
        if (written.done || isEqual(written.found, put.Item)) return { kind: 'done' };
        return changedTo(opener, written.found);
      }
      const result = await transactWriteNamed(client, advanced(sealer, before, after, { events, ...along }));
      if (result.done) return { kind: 'done' };
      const refusal = refusalIn(opener, result.refused, before) ?? refuseBeyondLimit(result.refused, along.demand);
      invariant(refusal, 'an event is refused only together with its withdrawal');
      return refusal;
    },

    async toAdvance(before, after, events, along = {}) {
      const { sealer, opener } = await cipher();
      return companion(
        advanced(sealer, before, after, { events, ...along }),
        (refused) => refusalIn(opener, refused, before) ?? refuseBeyondLimit(refused, along.demand) ?? STALE,
      );
    },

    async list(userId, { status, ...page }) {
      const ids = { parseId: parseWithdrawalId, keyOf: withdrawalKey };
      const listing = { table, partition: userPartition(userId), ...ids, decode: withdrawalOf };
      const found = await newestFirst(client, status ? { ...listing, where: { status } } : listing, page);
      const opener = await secrets.opener('withdrawals');
      return { ...found, items: found.items.map((withdrawal) => openWithdrawal(opener, withdrawal)) };
    },

    async listOpen(part, limit, { after = '', upTo = '~' } = {}) {
      const partitions = openPartitions(part);
      const range = { after, upTo };
      const inShard = Math.ceil(limit / partitions.length);
      const [lists, older] = await Promise.all([
        Promise.all(partitions.map((partition) => listPartition(partition, inShard, range))),
        listOlder(part, limit, range),
      ]);
      // Behind the end of a list that was cut, others may be missing.
      const horizon = lists.flatMap(({ cutAt }) => cutAt ?? []).sort()[0];
      const open = [...lists.flatMap((list) => list.open), ...older.open]
        .map((one): [string, Open] => [placeOf(one).at, one])
        .filter(([at]) => horizon === undefined || at <= horizon)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, one]) => one);
      return { open, isComplete: horizon === undefined && older.isComplete };
    },

    async readAll(ids) {
      const keys = chunk(ids, KEYS_PER_CALL).map((some) => some.map(withdrawalKey));
      const items = (await Promise.all(keys.map((some) => batchGet(client, table, some)))).flat();
      const opener = await secrets.opener('withdrawals');
      const read = new Map(items.map((item) => [item.pk, opened(opener, item)]));
      return ids.flatMap((id) => read.get(withdrawalKey(id).pk) ?? []);
    },

    async recordDeadLetter({ withdrawalId: id, version }, deadLetter, event) {
      const isNew = `(attribute_not_exists(dead_letter) OR ${DEAD_LETTER_MESSAGE} <> :message)`;
      const write = {
        table,
        key: withdrawalKey(id),
        condition: `attribute_exists(gsi2pk) AND #version = :version AND ${isNew}`,
        change: {
          set: { dead_letter: deadLetterItem(deadLetter), ...openKey(id, deadPlace(id, deadLetter)) },
          values: { ':version': version, ':message': deadLetter.messageId },
        },
      };
      await conditionalUpdateWith(client, write, appendToOutbox(tables.events, event));
    },

    async clearDeadLetter({ deadLetter, ...alive }, event) {
      const write = {
        table,
        key: withdrawalKey(alive.id),
        condition: `${DEAD_LETTER_MESSAGE} = :message AND #version = :version`,
        change: {
          set: openKey(alive.id, placeOf(alive)),
          remove: ['dead_letter'],
          values: { ':version': alive.version, ':message': deadLetter.messageId },
        },
      };
      await conditionalUpdateWith(client, write, appendToOutbox(tables.events, event));
    },
  };
}

const opened = (opener: Opener, item: Item) => openWithdrawal(opener, withdrawalOf(item));

function existingIn(opener: Opener, refused: ReadonlyMap<string, Item | undefined>): Existing | undefined {
  const existing = refused.get('withdrawal');
  return existing && { kind: 'existing', withdrawal: opened(opener, existing) };
}

/** What refused a change: the withdrawal, or only its approval. */
function refusalIn(
  opener: Opener,
  refused: ReadonlyMap<string, Item | undefined>,
  before: Withdrawal,
): Changed | undefined {
  if (refused.has('withdrawal')) return changedTo(opener, refused.get('withdrawal'));
  return refused.has('approval') ? { kind: 'changed', withdrawal: before } : undefined;
}

function changedTo(opener: Opener, found: Item | undefined): Changed {
  invariant(found, 'a withdrawal is never deleted');
  return { kind: 'changed', withdrawal: opened(opener, found) };
}
