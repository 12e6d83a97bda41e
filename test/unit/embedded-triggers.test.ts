import { describe, expect, it } from 'vitest';
import { findDynamo } from '../../localstack/embedded/dynoxide.ts';
import { filterOf } from '../../localstack/embedded/offline/streams/filter.ts';
import { streamTriggers } from '../../localstack/embedded/offline/streams/trigger.ts';
import { rateRules, sqsTriggers } from '../../localstack/embedded/offline/triggers.ts';
import { Resolver } from '../../localstack/embedded/provision/template.ts';
import { readSettings } from '../../localstack/embedded/settings.ts';

const resources = {
  Resources: {
    Work: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'work' } },
    Outbox: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'outbox' } },
  },
};
const place = { region: 'us-east-1', accountId: '000000000000', stackName: 'test', endpoint: 'http://aws' };
const resolver = new Resolver(resources, place);
const aFunction = (...events: Record<string, unknown>[]) => ({ name: 'fn', handler: 'fn.handler', events });

describe('the triggers of a function', () => {
  it('have the defaults of Lambda', () => {
    const arn = { 'Fn::GetAtt': ['Work', 'Arn'] };
    expect(sqsTriggers([aFunction({ sqs: { arn } })], resolver)).toEqual([
      {
        functionName: 'fn',
        queueArn: 'arn:aws:sqs:us-east-1:000000000000:work',
        batchSize: 10,
        maximumConcurrency: 5,
        batchingWindowSeconds: 0,
        reportsFailures: false,
      },
    ]);
  });

  it('are skipped when disabled', () => {
    expect(sqsTriggers([aFunction({ sqs: { arn: 'a:b:c:d:e:work', enabled: false } })], resolver)).toEqual([]);
    expect(rateRules([aFunction({ schedule: { rate: 'rate(1 minute)', enabled: false } })])).toEqual([]);
  });

  it('are refused if this emulator behaves differently', () => {
    const filtered = aFunction({ sqs: { arn: 'a:b:c:d:e:work', filterPatterns: [{}] } });
    expect(() => sqsTriggers([filtered], resolver)).toThrow('filterPatterns');
  });

  it('include each rate rule once, with its input, and no cron rule', () => {
    const fn = aFunction({ schedule: 'rate(1 minute)' }, { schedule: { rate: ['rate(2 hours)'], input: { a: 1 } } });
    expect(rateRules([fn, aFunction({ schedule: 'cron(0 1 * * ? *)' })])).toEqual([
      { functionName: 'fn' },
      { functionName: 'fn', input: { a: 1 } },
    ]);
  });
});

describe('the stream triggers of a function', () => {
  const arn = { 'Fn::GetAtt': ['Outbox', 'StreamArn'] };
  const read = (config: object) => streamTriggers([aFunction({ stream: config })], resolver);

  it('have the defaults of osls and Lambda', () => {
    const defaults = {
      functionName: 'fn',
      tableName: 'outbox',
      region: 'us-east-1',
      startingPosition: 'TRIM_HORIZON',
      batchSize: 10,
      batchingWindowSeconds: 0,
      maximumRetryAttempts: Number.POSITIVE_INFINITY,
      maximumRecordAgeSeconds: Number.POSITIVE_INFINITY,
      bisectsBatch: false,
      reportsFailures: false,
      filter: expect.any(Function),
    };
    expect(read({ type: 'dynamodb', arn })).toEqual([defaults]);
    const literal = 'arn:aws:dynamodb:us-east-1:000000000000:table/outbox/stream/2026-01-01T00:00:00.000';
    expect(streamTriggers([aFunction({ stream: literal })], resolver)).toEqual([defaults]);
  });

  it('have the configured values', () => {
    const configured = {
      type: 'dynamodb',
      arn,
      batchSize: 100,
      batchWindow: 2,
      startingPosition: 'LATEST',
      maximumRetryAttempts: 3,
      maximumRecordAgeInSeconds: 60,
      bisectBatchOnFunctionError: true,
      functionResponseType: 'ReportBatchItemFailures',
      parallelizationFactor: 4,
    };
    expect(read(configured)).toMatchObject([
      {
        batchSize: 100,
        batchingWindowSeconds: 2,
        startingPosition: 'LATEST',
        maximumRetryAttempts: 3,
        maximumRecordAgeSeconds: 60,
        bisectsBatch: true,
        reportsFailures: true,
      },
    ]);
    expect(read({ ...configured, maximumRetryAttempts: -1 })[0]?.maximumRetryAttempts).toBe(Number.POSITIVE_INFINITY);
    expect(read({ ...configured, maximumRetryAttempts: 0 })[0]?.maximumRetryAttempts).toBe(0);
  });

  it('are skipped when disabled', () => {
    expect(read({ type: 'dynamodb', arn, enabled: false })).toEqual([]);
  });

  it.each([
    [{ type: 'kinesis' }, 'type kinesis'],
    [{ startingPosition: 'AT_TIMESTAMP' }, 'AT_TIMESTAMP'],
    [{ destinations: { onFailure: 'arn:aws:sqs:us-east-1:000000000000:dead' } }, 'destinations'],
    [{ tumblingWindowInSeconds: 5 }, 'tumblingWindowInSeconds'],
    [{ arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s', type: undefined }, 'type kinesis'],
    [{ arn: { 'Fn::GetAtt': ['Outbox', 'Arn'] } }, "is not the ARN of a table's stream"],
    [{ filterPatterns: [{ eventName: [{ prefix: 'INS' }] }] }, 'eventName uses "prefix"'],
  ])('are refused if this emulator behaves differently: %j', (config, reason) => {
    expect(() => read({ type: 'dynamodb', arn, ...config })).toThrow(reason);
  });
});

describe('a filter', () => {
  const insert = { eventName: 'INSERT', dynamodb: { NewImage: { kind: { S: 'paid' }, tags: { SS: ['a', 'b'] } } } };

  it.each([
    ['no pattern', undefined, true],
    ['one of several values', [{ eventName: ['MODIFY', 'INSERT'] }], true],
    ['another value', [{ eventName: ['REMOVE'] }], false],
    ['one of several patterns', [{ eventName: ['REMOVE'] }, { eventName: ['INSERT'] }], true],
    ['all fields of a pattern', [{ eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['late'] } } } }], false],
    ['a nested field', [{ dynamodb: { NewImage: { kind: { S: ['paid'] } } } }], true],
    ['a value in a list', [{ dynamodb: { NewImage: { tags: { SS: ['b'] } } } }], true],
    ['a missing field', [{ dynamodb: { OldImage: { kind: { S: ['paid'] } } } }], false],
    ['a property of every object', [{ toString: { name: ['toString'] } }], false],
  ])('%s', (_what, patterns, passes) => {
    expect(filterOf(patterns)(insert)).toBe(passes);
  });

  it('refuses an unknown operator', () => {
    expect(() => filterOf([{ dynamodb: { Keys: 'id' } }])).toThrow('dynamodb.Keys has to be an object or a list');
    expect(() => filterOf([{ $or: [] }])).toThrow('$or is not supported locally');
  });
});

describe('npm start', () => {
  it('says how to continue on a platform without the DynamoDB binary', () => {
    expect(() => findDynamo({ PATH: '' }, null)).toThrow(/dynoxide.*PATH.*AWS_ENDPOINT_URL_DYNAMODB/);
    expect(findDynamo({ PATH: '', AWS_ENDPOINT_URL_DYNAMODB: 'http://db:8000/' }, null)).toEqual({
      origin: 'http://db:8000',
    });
  });

  it('names a setting with an invalid port', () => {
    expect(() => readSettings({ SLUICE_AWS_PORT: 'http' })).toThrow('SLUICE_AWS_PORT');
    expect(readSettings({})).toMatchObject({ port: 3000, awsPort: 4566, bankPort: 4600 });
  });
});
