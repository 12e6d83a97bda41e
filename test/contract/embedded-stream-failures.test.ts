import type { DynamoDBRecord } from 'aws-lambda';
import { range } from 'es-toolkit';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../../localstack/embedded/lambda.ts';
import { deliver } from '../../localstack/embedded/offline/streams/delivery.ts';
import { processedCount } from '../../localstack/embedded/offline/streams/event.ts';
import { eventually } from './embedded-stack.ts';
import {
  aFunction,
  failureOf,
  givenAStream,
  idOf,
  startTrigger,
  trigger,
  untilLength,
  untilPositionIs,
} from './embedded-stream.ts';

describe('records that fail', () => {
  it('are retried before all later records', async () => {
    const stream = await givenAStream();
    const seen: string[][] = [];
    const { log } = startTrigger(
      stream,
      (records) => {
        seen.push(records.map(idOf));
        if (seen.length <= 2) throw new Error('broken');
      },
      { batchSize: 2 },
    );
    await stream.put('a', 'b', 'c');
    await untilLength(() => seen, 4);
    expect(seen).toEqual([['a', 'b'], ['a', 'b'], ['a', 'b'], ['c']]);
    expect(log).toEqual(['relay failed on 2 records of events: Error: broken']);
  });

  it('are retried from the first reported record', async () => {
    const stream = await givenAStream();
    const seen: string[][] = [];
    await stream.put('a', 'b', 'c', 'd');
    startTrigger(stream, (records) => {
      seen.push(records.map(idOf));
      if (seen.length === 1) return failureOf(records, 'd', 'b');
      if (seen.length === 2) return failureOf(records, 'c');
      return undefined;
    });
    await untilLength(() => seen, 3);
    expect(seen).toEqual([
      ['a', 'b', 'c', 'd'],
      ['b', 'c', 'd'],
      ['c', 'd'],
    ]);
    await untilPositionIs(stream.positionsFile, '4');
  });

  it('are not read from the answer of a function without ReportBatchItemFailures', async () => {
    const stream = await givenAStream();
    const { ids, handle } = aFunction();
    await stream.put('a', 'b');
    startTrigger(stream, (records) => handle(records) ?? failureOf(records, 'a'), { reportsFailures: false });
    await untilPositionIs(stream.positionsFile, '2');
    expect(ids()).toEqual(['a', 'b']);
  });

  it('are given up after maximumRetryAttempts, which is logged, and later records continue', async () => {
    const stream = await givenAStream();
    const seen: string[][] = [];
    await stream.put('a', 'poison', 'c');
    const { log } = startTrigger(
      stream,
      (records) => {
        seen.push(records.map(idOf));
        return failureOf(records, 'poison');
      },
      { batchSize: 2, maximumRetryAttempts: 2 },
    );
    await untilPositionIs(stream.positionsFile, '3');
    expect(seen).toEqual([['a', 'poison'], ['poison'], ['poison'], ['c']]);
    expect(log.at(-1)).toBe('relay discarded 1 records of events (2 to 2), after 3 failures: it reported a failure');
  });

  it('do not block draining; a restart delivers only them', async () => {
    const stream = await givenAStream();
    await stream.put('a', 'b', 'c');
    const first = startTrigger(stream, (records) => failureOf(records, 'c'));
    await untilLength(() => first.log, 1);
    await first.drain();

    const { ids, handle } = aFunction();
    startTrigger(stream, handle);
    await untilLength(ids, 1);
    expect(ids()).toEqual(['c']);
  });

  it('stay given up when later records fail', async () => {
    const stream = await givenAStream();
    await stream.put('poison', 'b');
    const { log } = startTrigger(
      stream,
      (records) => {
        if (records.length > 1 || idOf(records[0] as DynamoDBRecord) === 'poison') throw new Error('poisoned');
        throw new FunctionError('Lambda.ServiceException', 'not reachable');
      },
      { bisectsBatch: true, maximumRetryAttempts: 0 },
    );
    await eventually(
      async () => log.at(-1),
      (line) => line?.includes('not reachable') === true,
    );
    await untilPositionIs(stream.positionsFile, '1');
  });

  it('are tried once after more than a day, and then given up: a stream keeps records for 24 hours', async () => {
    const tries: unknown[] = [];
    const log: string[] = [];
    const delivery = {
      trigger,
      invoke: async (_name: string, event: unknown) => {
        tries.push(event);
        throw new Error('broken');
      },
      log: (line: string) => void log.push(line),
      stopped: new AbortController().signal,
      now: () => 100_000_000,
      onProgress: () => {},
    };
    const old = { dynamodb: { SequenceNumber: '7', ApproximateCreationDateTime: 100_000 - 25 * 3600 } };
    expect(await deliver([old], delivery)).toBe(true);
    expect(tries).toEqual([{ Records: [old] }]);
    expect(log).toEqual(['relay discarded 1 records of events (7 to 7), after 1 failures: Error: broken']);
  });

  it('are given up once they are older than maximumRecordAgeInSeconds', async () => {
    const stream = await givenAStream();
    const { log } = startTrigger(
      stream,
      () => {
        throw new Error('broken');
      },
      { maximumRecordAgeSeconds: 1 },
    );
    await stream.put('a');
    await untilPositionIs(stream.positionsFile, '1');
    expect(log.at(-1)).toBe('relay discarded 1 records of events (1 to 1), older than 1 s');
  });

  it.each(['throws', 'reports'])(
    'are found by bisecting when the function %s, and only they are given up',
    async (how) => {
      const stream = await givenAStream();
      const ids = range(16).map(String);
      const accepted: string[] = [];
      await stream.put(...ids);
      const { log } = startTrigger(
        stream,
        (records) => {
          const failed = failureOf(records, '5');
          if (failed.batchItemFailures.length === 0) accepted.push(...records.map(idOf));
          else if (how === 'throws') throw new Error('poisoned');
          return failed;
        },
        { batchSize: 16, bisectsBatch: true, maximumRetryAttempts: 1 },
      );
      await untilPositionIs(stream.positionsFile, '16');
      const passed = how === 'throws' ? ids : ids.slice(5); // the others passed in the batch of the failing record
      expect(accepted).toEqual(passed.filter((id) => id !== '5'));
      expect(log.filter((line) => line.includes('discarded'))).toEqual([
        expect.stringContaining('discarded 1 records'),
      ]);
    },
  );

  it('keep their attempts while the function cannot be invoked', async () => {
    const stream = await givenAStream();
    let tries = 0;
    const { log } = startTrigger(
      stream,
      () => {
        tries += 1;
        if (tries <= 2) throw new FunctionError('Lambda.ServiceException', 'not reachable');
      },
      { maximumRetryAttempts: 0 },
    );
    await stream.put('a');
    await untilPositionIs(stream.positionsFile, '1');
    expect(tries).toBe(3);
    expect(log).toEqual([expect.stringContaining('not reachable')]);
  });
});

describe('the answer of a function to a batch', () => {
  const batch = ['11', '12', '13'].map((SequenceNumber) => ({ dynamodb: { SequenceNumber } }));

  it.each([
    ['nothing', undefined, 3],
    ['an empty list', { batchItemFailures: [] }, 3],
    ['null for a list', { batchItemFailures: null }, 3],
    ['one failure', { batchItemFailures: [{ itemIdentifier: '12' }] }, 1],
    ['two failures, out of order', { batchItemFailures: [{ itemIdentifier: '13' }, { itemIdentifier: '12' }] }, 1],
    ['a value that is not a list', { batchItemFailures: '13' }, 0],
    ['a failure of an unknown record', { batchItemFailures: [{ itemIdentifier: '13' }, { itemIdentifier: '99' }] }, 0],
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, 0],
    ['a misspelt key', { batchItemFailures: [{ id: '12' }] }, 0],
  ])('%s', (_what, answer, count) => {
    expect(processedCount(batch, answer)).toBe(count);
  });
});
