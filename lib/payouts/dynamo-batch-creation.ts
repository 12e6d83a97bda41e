import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { deleteItem } from '../aws/update.ts';
import type { Item } from '../kernel/codec.ts';
import type { Batch, BatchStatus } from './batch.ts';
import type { BatchStore } from './batch-store.ts';
import { type BatchHeaders, ended, NOT_RECOVERED, recovered, scheduled } from './dynamo-batch-header.ts';
import { amountsItem } from './dynamo-batch-items.ts';
import { batchKey } from './items.ts';

/** What happens to a batch before it starts: it is created, held, approved, rejected or discarded. */
export function batchCreation(
  client: DynamoDBDocumentClient,
  table: string,
  { insert, update, move, moveWith }: BatchHeaders,
) {
  return {
    insert,

    async adoptCreation(id, expected, creatorUntil) {
      const adopted = await update(id, '#status = :creating AND creator_until = :expected', {
        set: { creator_until: creatorUntil },
        values: { ':creating': 'creating', ':expected': expected },
      });
      return adopted.done;
    },

    markCreated: (stored, now, events) =>
      move(
        stored.id,
        stored.startAt === undefined ? 'created' : 'scheduled',
        {
          from: ['creating'],
          when: 'attribute_not_exists(approval) AND attribute_not_exists(upload)',
          set: { ...totalsAfterStoring(stored), ...scheduled(stored, now) },
          remove: stored.claims && !stored.autoStart ? NOT_RECOVERED : [],
        },
        { events },
      ),

    markHeld: (stored, event) =>
      move(
        stored.id,
        'held',
        {
          from: ['creating'],
          when: 'attribute_exists(upload)',
          set: totalsAfterStoring(stored),
          remove: stored.claims ? NOT_RECOVERED : [],
        },
        { events: [event] },
      ),

    release: (id) => move(id, 'created', { from: ['held'] }),

    drop(id, now, event, released) {
      const from = ['creating', 'held'] as const;
      const change = { from, when: 'attribute_exists(upload)', set: ended(now, released), remove: NOT_RECOVERED };
      return move(id, 'rejected', change, { events: [event], back: released?.back });
    },

    markAwaiting: (stored, asked, event) =>
      moveWith({ approval: asked, events: [event] }, stored.id, 'awaiting_approval', {
        from: ['creating'],
        when: 'attribute_exists(approval)',
        set: totalsAfterStoring(stored),
        remove: stored.claims ? NOT_RECOVERED : [],
      }),

    // Always a transaction: if its answer is lost, the SDK repeats it with its token, and no condition refuses the second try.
    beginDiscarding: ({ id, creatorUntil, reservation: back }) =>
      moveWith({ back }, id, 'discarding', {
        from: ['creating'],
        when: 'creator_until = :expected',
        set: { ...recovered(id), reservation: undefined },
        values: { ':expected': creatorUntil },
      }),

    async remove(id) {
      await deleteItem(client, {
        TableName: table,
        Key: batchKey(id),
        ConditionExpression: '#status = :discarding',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':discarding': 'discarding' satisfies BatchStatus },
      });
    },

    approve(batch, now, approval, events) {
      const { id, digest, run, autoStart, startAt } = batch;
      return moveWith({ approval, events }, id, startAt === undefined ? 'created' : 'scheduled', {
        from: ['awaiting_approval'],
        when: '#digest = :digest AND #run = :run',
        values: { ':digest': digest, ':run': run },
        set: {
          approved_at: new Date(now).toISOString(),
          ...(autoStart ? recovered(id) : {}),
          ...scheduled(batch, now),
        },
      });
    },

    reject({ id }, now, approval, event, released) {
      return moveWith({ approval, events: [event], back: released?.back }, id, 'rejected', {
        from: ['awaiting_approval'],
        when: 'attribute_exists(approval)',
        set: ended(now, released),
      });
    },
  } satisfies Partial<BatchStore>;
}

/** What the batch lacks because others have its keys. A chunk without payouts has no work. */
function totalsAfterStoring({ total, amounts, duplicates, chunksDone }: Batch): Item {
  if (duplicates === 0) return {};
  return amountsItem({ total, amounts, duplicates, chunksDone });
}
