import { describe, expect, it } from 'vitest';
import { findDynamo } from '../../localstack/embedded/dynoxide.ts';
import { rateRules, sqsTriggers } from '../../localstack/embedded/offline/triggers.ts';
import { Resolver } from '../../localstack/embedded/provision/template.ts';
import { readSettings } from '../../localstack/embedded/settings.ts';

const queues = { Resources: { Work: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'work' } } } };
const place = { region: 'us-east-1', accountId: '000000000000', stackName: 'test', endpoint: 'http://aws' };
const resolver = new Resolver(queues, place);
const aFunction = (...events: Record<string, unknown>[]) => ({ name: 'fn', handler: 'fn.handler', events });

describe('the triggers of a function', () => {
  it('are read with the defaults of Lambda', () => {
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

  it('are left out when disabled', () => {
    expect(sqsTriggers([aFunction({ sqs: { arn: 'a:b:c:d:e:work', enabled: false } })], resolver)).toEqual([]);
    expect(rateRules([aFunction({ schedule: { rate: 'rate(1 minute)', enabled: false } })])).toEqual([]);
  });

  it('are refused when they would behave differently here', () => {
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

describe('npm start', () => {
  it('says what to do on a platform without the DynamoDB binary', () => {
    expect(() => findDynamo({ PATH: '' }, null)).toThrow(/dynoxide.*PATH.*AWS_ENDPOINT_URL_DYNAMODB/);
    expect(findDynamo({ PATH: '', AWS_ENDPOINT_URL_DYNAMODB: 'http://db:8000/' }, null)).toEqual({
      origin: 'http://db:8000',
    });
  });

  it('names the setting that is not a port', () => {
    expect(() => readSettings({ SLUICE_AWS_PORT: 'http' })).toThrow('SLUICE_AWS_PORT');
    expect(readSettings({})).toMatchObject({ port: 3000, awsPort: 4566, bankPort: 4600 });
  });
});
