import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { range } from 'es-toolkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { filterOf } from '../../localstack/embedded/offline/streams/filter.ts';
import { freePort } from '../../localstack/embedded/ports.ts';
import { givenALambdaPort } from './embedded-lambda.ts';
import { clientsOf, givenADirectory, givenAStack } from './embedded-stack.ts';
import {
  aFunction,
  createTable,
  givenAStream,
  givenNoStream,
  idOf,
  put,
  startTrigger,
  untilLength,
  untilPositionIs,
} from './embedded-stream.ts';

describe('a stream trigger', () => {
  it('passes the same event as Lambda', async () => {
    const stream = await givenAStream();
    const seen: DynamoDBRecord[] = [];
    startTrigger(stream, (records) => void seen.push(...records));
    const bytes = new Uint8Array([1, 2, 255]);
    const Item = { id: { S: 'a' }, raw: { B: bytes }, deep: { M: { list: { L: [{ BS: [bytes] }, { N: '1' }] } } } };
    await stream.dynamo.send(new PutItemCommand({ TableName: 'events', Item }));
    await untilLength(() => seen, 1);
    expect(seen[0]).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: {
        ApproximateCreationDateTime: expect.closeTo(Date.now() / 1000, -2),
        Keys: { id: { S: 'a' } },
        NewImage: { id: { S: 'a' }, raw: { B: 'AQL/' }, deep: { M: { list: { L: [{ BS: ['AQL/'] }, { N: '1' }] } } } },
        SequenceNumber: '1',
        SizeBytes: expect.any(Number),
        StreamViewType: 'NEW_IMAGE',
      },
      eventSourceARN: expect.stringMatching(/^arn:aws:dynamodb:us-east-1:000000000000:table\/events\/stream\/./),
    });
  });

  it('delivers thousands of records once each, in order, in batches of at most batchSize', async () => {
    const stream = await givenAStream();
    const ids = range(3_000).map(String);
    const { batches, ids: delivered, handle } = aFunction();
    const written = stream.put(...ids);
    startTrigger(stream, handle, { batchSize: 70 });
    await written;
    await untilLength(delivered, ids.length);
    expect(delivered()).toEqual(ids);
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(70);
  });

  it('collects a batch during the batching window', async () => {
    const stream = await givenAStream();
    const { batches, handle } = aFunction();
    startTrigger(stream, handle, { batchSize: 3, batchingWindowSeconds: 10 });
    await stream.put('a');
    await setTimeout(400); // longer than the trigger needs to see the records
    await stream.put('b');
    await stream.put('c');
    await untilLength(() => batches, 1);
    expect(batches).toEqual([['a', 'b', 'c']]);
  });

  it('closes a batch before it exceeds the size of an event', async () => {
    const stream = await givenAStream();
    const { batches, ids, handle } = aFunction();
    for (const id of range(20).map(String)) {
      const Item = { id: { S: id }, text: { S: 'x'.repeat(390_000) } };
      await stream.dynamo.send(new PutItemCommand({ TableName: 'events', Item }));
    }
    startTrigger(stream, handle, { batchSize: 20 });
    await untilLength(ids, 20);
    expect(batches.map(({ length }) => length)).toEqual([16, 4]);
  });

  it('delivers the records that match the filter, and continues after the others', async () => {
    const stream = await givenAStream();
    const { ids, handle } = aFunction();
    const onlyInserts = { filter: filterOf([{ eventName: ['INSERT'] }]) };
    await stream.put('a');
    await stream.dynamo.send(new DeleteItemCommand({ TableName: 'events', Key: { id: { S: 'a' } } }));
    const first = startTrigger(stream, handle, onlyInserts);
    await stream.put('b');
    await untilLength(ids, 2);
    await stream.dynamo.send(new DeleteItemCommand({ TableName: 'events', Key: { id: { S: 'b' } } }));
    await untilPositionIs(stream.positionsFile, '4');
    await first.drain();

    startTrigger(stream, handle, onlyInserts);
    await stream.put('c');
    await untilLength(ids, 3);
    expect(ids()).toEqual(['a', 'b', 'c']);
  });

  it('starts, with LATEST, after the existing records; a restart skips none', async () => {
    const stream = await givenAStream();
    const { ids, handle } = aFunction();
    const latest = { startingPosition: 'LATEST' as const };
    await stream.put('old');
    const first = startTrigger(stream, handle, latest);
    await untilPositionIs(stream.positionsFile, '1');
    await first.drain();
    await stream.put('second');

    startTrigger(stream, handle, latest);
    await untilLength(ids, 1);
    expect(ids()).toEqual(['second']);
  });

  it('follows a stream that is created later', async () => {
    const stream = await givenNoStream();
    const { ids, handle } = aFunction();
    const { log } = startTrigger(stream, handle);
    await untilLength(() => log, 1);
    expect(log[0]).toContain('relay cannot follow the stream of events');
    await stream.createTable();
    await stream.put('a');
    await untilLength(ids, 1);
  });

  it('drains: waits for the running batch, and leaves the rest to the next start', async () => {
    const stream = await givenAStream();
    const inHand: string[][] = [];
    let release = () => {};
    await stream.put('a', 'b', 'c');
    const { drain } = startTrigger(
      stream,
      (records) => {
        inHand.push(records.map(idOf));
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
      { batchSize: 2 },
    );
    await untilLength(() => inHand, 1);
    const drained = drain();
    release();
    await drained;
    expect(inHand).toEqual([['a', 'b']]);

    const { ids, handle } = aFunction();
    startTrigger(stream, handle);
    await untilLength(ids, 1);
    expect(ids()).toEqual(['c']);
  });

  it('continues by itself after an outage of DynamoDB', async () => {
    const dataDir = await givenADirectory();
    const port = await freePort();
    const before = await givenAStack({ dataDir, port });
    await createTable(before.endpoint);
    const { ids, handle } = aFunction();
    const place = { endpoint: before.endpoint, positionsFile: join(dataDir, 'positions.db') };
    const { log } = startTrigger(place, handle);
    await put(clientsOf(before.endpoint).dynamo, ['a']);
    await untilLength(ids, 1);
    await before.stop();
    await untilLength(() => log, 1);

    const after = await givenAStack({ dataDir, port });
    await put(clientsOf(after.endpoint).dynamo, ['b']);
    await untilLength(ids, 2);
    expect(ids()).toEqual(['a', 'b']);
    expect(log[0]).toContain('relay cannot read the stream of events');
    expect(log).toEqual([...new Set(log)]); // once each
  });

  it('redelivers after kill -9 the running batch, and nothing before it', async () => {
    const stream = await givenAStream();
    const seen: string[][] = [];
    let answers = false;
    const relay = (event: unknown) => {
      seen.push((event as DynamoDBStreamEvent).Records.map(idOf));
      return answers || seen.length === 1 ? {} : new Promise(() => {});
    };
    const lambdaPort = await givenALambdaPort({ relay });
    const start = () => {
      const script = new URL('./embedded-stream-process.ts', import.meta.url).pathname;
      const child = spawn(process.execPath, [script, stream.endpoint, stream.positionsFile, String(lambdaPort)]);
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    };
    await stream.put('a', 'b', 'c', 'd', 'e');
    const doomed = start();
    await untilLength(() => seen, 2);
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
    answers = true;
    start();
    await untilLength(() => seen, 4);
    expect(seen).toEqual([['a', 'b'], ['c', 'd'], ['c', 'd'], ['e']]);
  });
});

describe('the table of a stream', () => {
  it('has its stream records in an index, so that a read does not scan all of them', async () => {
    const { dataDir, put: write } = await givenAStream();
    await write('a');
    const db = new DatabaseSync(join(dataDir, 'dynamodb.db'), { readOnly: true });
    onTestFinished(() => db.close());
    const next = `SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 AS next FROM _stream_records
      WHERE table_name = 'events'`;
    expect(db.prepare(next).get()?.next).toBe(2);
    expect(db.prepare(`EXPLAIN QUERY PLAN ${next}`).get()?.detail).toContain('stream_records_in_order');
  });
});
