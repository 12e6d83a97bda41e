import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { batchGet, getItem, queryAll } from '../aws/read.ts';
import { transactWrite } from '../aws/transact.ts';
import { type Change, conditionalUpdate, conditionalUpdateWith, updateParameters } from '../aws/update.ts';
import type { Secrets } from '../crypto/index.ts';
import { appendToOutbox } from '../events/items.ts';
import type { Item } from '../kernel/codec.ts';
import { invariant } from '../kernel/errors.ts';
import { DEAD_LETTER_MESSAGE as DEAD_LETTER, deadLetterItem } from '../recovery/items.ts';
import type { ChunkMessage } from './chunk.ts';
import { type Chunk, isOpen, sizeOf } from './chunk.ts';
import type { ChunkOutcome, ChunkStore, LeaseAnswer } from './chunk-store.ts';
import type { ClaimWrite } from './claim-store.ts';
import { recovered } from './dynamo-batch-header.ts';
import { cancellationItem } from './dynamo-batch-items.ts';
import { chunkOf, totalsItem } from './dynamo-chunk-items.ts';
import { payoutUpdate, withReturned } from './dynamo-chunk-updates.ts';
import { duplicatesOf } from './dynamo-claim-items.ts';
import { putClaim } from './dynamo-claims.ts';
import { openPayout, payoutOf } from './dynamo-payout-items.ts';
import { placeOf } from './ids.ts';
import { batchKey, chunkKey, chunkPartition, duplicatesKey, payoutKey } from './items.ts';
import { ENDED, type Payout } from './payout.ts';

/** The position of the chunk in a transaction with its payouts. */
const CHUNK = 0;
/** The fence for every write of an outcome: the writer still has the lease. */
const MINE = 'lease_owner = :owner';
const NOT_RESENT = { resent_at: undefined };
const RELEASED = { lease_owner: undefined, lease_until: undefined, ...NOT_RESENT };
/** A round that ended shows that workers can process the chunk, so its dead letter is obsolete. */
const NOT_DEAD = { dead_letter: undefined };

type Tables = { readonly payouts: string; readonly events: string };

export function dynamoChunks(client: DynamoDBDocumentClient, tables: Tables, secrets: Secrets): ChunkStore {
  const table = tables.payouts;
  const query = (partition: string, prefix: string) =>
    queryAll(client, {
      TableName: table,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': partition, ':prefix': prefix },
      ConsistentRead: true,
    });

  async function opened(items: readonly Item[]): Promise<Payout[]> {
    const opener = await secrets.opener('payouts');
    return items.map((item) => openPayout(opener, payoutOf(item)));
  }

  /**
   * Writes payouts, chunk, events and claims in one transaction, or only the chunk if no payout changed: a transaction costs
   * double. @returns `fenced`: the condition did not hold; `claimed`: a key is no longer as it was seen
   */
  async function write(
    chunk: Chunk,
    outcome: ChunkOutcome & { readonly claims?: readonly ClaimWrite[] },
    condition: string,
    change: Change,
  ): Promise<'done' | 'fenced' | 'claimed'> {
    const key = chunkKey(chunk.batchId, chunk.number);
    invariant(sizeOf(outcome.totals) === chunk.size, `the counts of chunk ${key.pk} ${key.sk} sum to its size`);
    // A return, which needs no lease, may have changed the counters since the payouts were read.
    const returns = outcome.changes.filter(({ after }) => after.status === 'returned').length;
    const asRead = withReturned(outcome.totals.counts.returned - returns);
    const fenced = `${condition} AND ${asRead.condition}`;
    const whole = {
      ...change,
      set: { ...totalsItem(outcome.totals), rounds: outcome.rounds, due_at: outcome.dueAt, ...change.set },
      values: { ...change.values, ...asRead.values },
    };
    if (outcome.changes.length === 0) {
      return (await conditionalUpdate(client, { table, key, condition: fenced, change: whole })).done
        ? 'done'
        : 'fenced';
    }
    const claims = outcome.claims ?? [];
    const written = await transactWrite(client, [
      { Update: updateParameters(table, key, fenced, whole) },
      ...claims.map((claim) => putClaim(table, claim)),
      ...outcome.changes.map((changed) => payoutUpdate(table, changed)),
      ...(outcome.events ?? []).map((event) => appendToOutbox(tables.events, event)),
    ]);
    if (written.done) return 'done';
    if (written.refused.has(CHUNK)) return 'fenced';
    const isClaimed = claims.some((_, index) => written.refused.has(CHUNK + 1 + index));
    const changed = outcome.changes
      .filter((_, index) => written.refused.has(CHUNK + 1 + claims.length + index))
      .map(
        ({ before, after }) =>
          `${before.id}, read as ${before.status} with ${before.attempts} attempts, to ${after.status}`,
      );
    invariant(isClaimed, `payouts of chunk ${key.pk} ${key.sk} changed without its lease: ${changed.join('; ')}`);
    return 'claimed';
  }

  return {
    readAll: async (id) => (await query(`BATCH#${id}`, 'CHUNK#')).map(chunkOf),

    readPayouts: async (id, chunk) => opened(await query(chunkPartition(id, chunk), 'PAYOUT#')),

    async readPayout(place) {
      const items = await batchGet(client, table, [payoutKey(place), chunkKey(place.batchId, place.chunk)]);
      const payout = items.find((item) => item.sk === payoutKey(place).sk);
      const chunk = items.find((item) => item.sk === chunkKey(place.batchId, place.chunk).sk);
      if (!payout || !chunk) return undefined;
      const [plain] = await opened([payout]);
      return plain && { payout: plain, chunk: chunkOf(chunk) };
    },

    async lease(request) {
      const { batchId: id, chunk, run, round, lease, now } = request;
      const isCurrent = round === undefined ? '' : ' AND #rounds <= :round';
      const attempt = (condition: string, change: Change) =>
        conditionalUpdate(client, {
          table,
          key: chunkKey(id, chunk),
          condition: `attribute_exists(pk) AND #open = :true AND #run <= :run AND due_at <= :now${isCurrent} AND ${condition}`,
          change: {
            ...change,
            set: { lease_owner: lease.owner, lease_until: lease.until, run, ...NOT_RESENT },
            values: {
              ...change.values,
              ...{ ':true': true, ':now': now },
              ...(round === undefined ? {} : { ':round': round }),
            },
          },
          answerWith: 'ALL_OLD',
        });

      const leased = (item: Item, previousLeaseAbandoned: boolean): LeaseAnswer => ({
        kind: 'leased',
        lease: { chunk: chunkOf(item), lease, previousLeaseAbandoned },
      });

      // Payouts that were pending or retrying are now processing.
      const free = await attempt('attribute_not_exists(lease_owner)', {
        compute: { n_processing: '#n_pending + #n_retrying', n_pending: ':zero', n_retrying: ':zero' },
        values: { ':zero': 0 },
      });
      if (free.done) return leased(free.item, false);
      if (!free.found) return { kind: 'missing' };
      const found = chunkOf(free.found);
      // The SDK repeated this write because its answer was lost. The state before the first write is not known.
      if (found.lease?.owner === lease.owner) return leased(free.found, true);
      const abandoned = found.lease && found.lease.until <= now ? found.lease : undefined;
      if (!abandoned) return whyNot(found, request);

      const takenOver = await attempt('lease_owner = :abandoned', { values: { ':abandoned': abandoned.owner } });
      if (takenOver.done) return leased(takenOver.item, true);
      return takenOver.found ? whyNot(chunkOf(takenOver.found), request) : { kind: 'missing' };
    },

    async markResent({ batchId, number, rounds, lease }, now) {
      await conditionalUpdate(client, {
        table,
        key: chunkKey(batchId, number),
        condition: `#rounds = :rounds AND ${lease ? MINE : 'attribute_not_exists(lease_owner)'}`,
        change: {
          set: { resent_at: now },
          values: { ':rounds': rounds, ...(lease ? { ':owner': lease.owner } : {}) },
        },
      });
    },

    async commitOutcomes({ chunk, lease }, outcome) {
      const set = { ...(outcome.keepLease ? {} : RELEASED), ...NOT_DEAD, ...openness(chunk, outcome) };
      return (await write(chunk, outcome, MINE, { set, values: { ':owner': lease.owner } })) === 'done';
    },

    async commitUnleased(chunk, outcome) {
      const { condition, values } = unchanged(chunk);
      return (await write(chunk, outcome, condition, { set: openness(chunk, outcome), values })) === 'done';
    },

    async bringForward({ batchId, number, run, rounds }, dueAt, event) {
      const write = {
        table,
        key: chunkKey(batchId, number),
        condition:
          '#open = :true AND attribute_not_exists(lease_owner) AND #run = :run AND #rounds = :rounds AND due_at > :due_at',
        change: { set: { due_at: dueAt }, values: { ':true': true, ':run': run, ':rounds': rounds } },
      };
      return (await conditionalUpdateWith(client, write, appendToOutbox(tables.events, event))).done;
    },

    async requestCancel(id, cancellation, event) {
      const place = placeOf(id);
      const ended = Object.fromEntries(ENDED.map((status) => [`:${status}`, status]));
      const open = `NOT #status IN (${Object.keys(ended).join(', ')})`;
      const written = await transactWrite(client, [
        {
          Update: updateParameters(table, payoutKey(place), `${open} AND attribute_not_exists(cancellation)`, {
            set: cancellationItem({ cancellation }),
            values: ended,
          }),
        },
        {
          Update: updateParameters(table, batchKey(place.batchId), 'attribute_exists(pk)', {
            set: recovered(place.batchId), // a stopped batch has no worker that ends it
            add: { cancels: 1 },
          }),
        },
        appendToOutbox(tables.events, event),
      ]);
      return written.done;
    },

    async reopen(chunk, run, outcome, claims = []) {
      const { condition, values } = unchanged(chunk);
      return write(chunk, { ...outcome, claims }, condition, { set: { run, ...openness(chunk, outcome) }, values });
    },

    async readDuplicates(id, chunk) {
      const item = await getItem(client, table, duplicatesKey(id, chunk));
      return item ? duplicatesOf(item).duplicates : [];
    },

    async remove(id, chunk) {
      const keys = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': chunkPartition(id, chunk) },
        ProjectionExpression: 'pk, sk',
        ConsistentRead: true,
      });
      const deletions = [...keys, chunkKey(id, chunk)].map((Key) => ({ Delete: { TableName: table, Key } }));
      await transactWrite(client, deletions);
    },

    async recordDeadLetter(id, chunk, deadLetter, event) {
      const write = {
        table,
        key: chunkKey(id, chunk),
        condition: `#open = :true AND (attribute_not_exists(dead_letter) OR ${DEAD_LETTER} <> :message)`,
        change: {
          set: { dead_letter: deadLetterItem(deadLetter) },
          values: { ':true': true, ':message': deadLetter.messageId },
        },
      };
      await conditionalUpdateWith(client, write, appendToOutbox(tables.events, event));
    },

    async clearDeadLetter(id, chunk, { messageId }, event) {
      const write = {
        table,
        key: chunkKey(id, chunk),
        condition: `${DEAD_LETTER} = :message`,
        change: { remove: ['dead_letter'], values: { ':message': messageId } },
      };
      await conditionalUpdateWith(client, write, appendToOutbox(tables.events, event));
    },
  };
}

function whyNot(found: Chunk, { run, round = found.rounds }: ChunkMessage): LeaseAnswer {
  if (!isOpen(found)) return { kind: 'done' };
  if (found.run > run || found.rounds > round) return { kind: 'superseded' };
  const [kind, until] = found.lease ? (['held', found.lease.until] as const) : (['not_due', found.dueAt] as const);
  return { kind, until, round: found.rounds };
}

function openness(chunk: Chunk, { totals }: ChunkOutcome): Item {
  return { open: isOpen({ counts: totals.counts, size: chunk.size }) };
}

/**
 * The fence for writes without a lease: nobody holds the chunk, and nothing of it has changed since it was read. Its rounds count
 * leases, and its totals almost all other changes.
 */
function unchanged(chunk: Chunk): { condition: string; values: Item } {
  const read: Item = { run: chunk.run, rounds: chunk.rounds, due_at: chunk.dueAt, ...totalsItem(chunk) };
  const names = Object.keys(read);
  // Chunks of earlier versions lack some totals.
  const same = names.map((name) => `(attribute_not_exists(#${name}) OR #${name} = :was_${name})`).join(' AND ');
  return {
    condition: `attribute_not_exists(lease_owner) AND ${same}`,
    values: Object.fromEntries(names.map((name) => [`:was_${name}`, read[name]])),
  };
}
