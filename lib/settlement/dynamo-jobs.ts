import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { keyRecord, knownBy, rememberKey, resourceIn } from '../aws/idempotency.ts';
import { newestFirst, sparseIds } from '../aws/listing.ts';
import { batchGet, getItem, queryAll } from '../aws/read.ts';
import { putNewItem, transactWriteNamed } from '../aws/transact.ts';
import { transition } from '../aws/transition.ts';
import { conditionalUpdateWith } from '../aws/update.ts';
import { appendToOutbox } from '../events/items.ts';
import { AppError, invariant } from '../kernel/errors.ts';
import {
  ALL_JOBS,
  CHECKPOINTS,
  checkpointCountOf,
  checkpointKey,
  checkpointOf,
  jobItem,
  jobKey,
  jobOf,
  jobResults,
} from './items.ts';
import { isFinished, JOB_TRANSITIONS, type Job, type JobId, parseJobId } from './job.ts';
import { type JobStore, KEY_SCOPE } from './ports.ts';

export function dynamoJobs(client: DynamoDBDocumentClient, table: string, eventsTable: string): JobStore {
  async function read(id: JobId): Promise<Job | undefined> {
    const item = await getItem(client, table, jobKey(id));
    return item && jobOf(item);
  }

  async function existing(id: JobId): Promise<Job> {
    const job = await read(id);
    invariant(job, 'a job is never deleted');
    return job;
  }

  /** The checkpoints of a job in order, or only some of their attributes. */
  const checkpointItems = (id: JobId, ProjectionExpression?: string) =>
    queryAll(client, {
      TableName: table,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :chunk)',
      ExpressionAttributeValues: { ':pk': jobKey(id).pk, ':chunk': CHECKPOINTS },
      ConsistentRead: true,
      ProjectionExpression,
    });

  const listing = { table, partition: ALL_JOBS, parseId: parseJobId, keyOf: jobKey, decode: jobOf };

  return {
    async create(job, keyed, now, event) {
      const result = await transactWriteNamed<string>(client, {
        job: putNewItem(table, jobItem(job)),
        ...(keyed ? { key: rememberKey(table, keyed, job.id, now) } : {}),
        event: appendToOutbox(eventsTable, event),
      });
      if (result.done) return { job, replayed: false };
      const known = knownBy(result, keyed);
      invariant(known, 'a new job has a new id');
      return { job: await existing(known.resource as JobId), replayed: true };
    },

    read,

    async readByKey(key, now) {
      const id = resourceIn(await getItem(client, table, keyRecord({ scope: KEY_SCOPE, key })), now);
      return id === undefined ? undefined : read(id as JobId);
    },

    list: (page) => newestFirst(client, listing, page),

    listOpen: () => sparseIds<JobId>(client, table, 'gsi2', ALL_JOBS),

    async move(id, to, { event, ...results }) {
      const write = {
        table,
        key: jobKey(id),
        ...transition(JOB_TRANSITIONS, to, {
          set: jobResults(results),
          ...(isFinished(to) ? { remove: ['gsi2pk', 'gsi2sk'] } : {}),
        }),
      };
      const written = await conditionalUpdateWith(client, write, appendToOutbox(eventsTable, event));
      if (written.done) return { moved: true, job: await existing(id) };
      if (!written.found) throw new AppError('NOT_FOUND', { message: 'There is no such job.' });
      return { moved: false, job: jobOf(written.found) };
    },

    async readState(id, chunk) {
      const keys = [jobKey(id), checkpointKey(id, chunk)];
      const items = await batchGet(client, table, keys);
      const job = items.find(({ sk }) => sk === keys[0]?.sk);
      return job && { job: jobOf(job), isSettled: items.length === keys.length };
    },

    async checkpoints(id) {
      return (await checkpointItems(id)).map(checkpointOf);
    },

    async progress(id) {
      const items = await checkpointItems(id, 'pk, sk, transactions');
      return {
        chunks: items.length,
        transactions: items.reduce((sum, item) => sum + checkpointCountOf(item).transactions, 0),
      };
    },
  };
}
