import { describe, expect, it } from 'vitest';
import { usesOf } from '../../scripts/deployed/actions.ts';
import { compareGrants, type Statement } from '../../scripts/deployed/grants.ts';

const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/t';
const signed = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/${service}/aws4_request`,
});

function dynamo(operation: string, input: object) {
  const headers = { ...signed('dynamodb'), 'x-amz-target': `DynamoDB_20120810.${operation}` };
  return usesOf({ caller: 'f', method: 'POST', path: '/', headers, body: JSON.stringify(input), status: 200 });
}

const s3 = (method: string, path: string, status = 200) =>
  usesOf({ caller: 'f', method, path, headers: signed('s3'), body: '', status });

describe('the actions of a call', () => {
  it('are those of each item of a transaction', () => {
    const Key = { pk: { S: 'A#1' } };
    const TransactItems = [{ Put: { TableName: 't', Item: Key } }, { ConditionCheck: { TableName: 't', Key } }];
    expect(dynamo('TransactWriteItems', { TransactItems })).toEqual([
      { action: 'dynamodb:PutItem', resource: TABLE, partitions: ['A#1'] },
      { action: 'dynamodb:ConditionCheckItem', resource: TABLE, partitions: ['A#1'] },
    ]);
  });

  it('are on an index, in the partition of the condition', () => {
    const query = {
      ...{ TableName: 't', IndexName: 'gsi2', KeyConditionExpression: 'gsi2pk = :p AND sk > :s' },
      ExpressionAttributeValues: { ':p': { S: 'B' }, ':s': { S: 'x' } },
    };
    const resource = `${TABLE}/index/gsi2`;
    expect(dynamo('Query', query)).toEqual([{ action: 'dynamodb:Query', resource, partitions: ['B'] }]);
  });

  it('list the bucket if an object is missing', () => {
    const actions = (method: string, path: string, status?: number) =>
      s3(method, path, status).map(({ action }) => action);
    expect(actions('GET', '/b/imports/1')).toEqual(['s3:GetObject']);
    expect(actions('HEAD', '/b/imports/1', 404)).toEqual(['s3:GetObject', 's3:ListBucket']);
    expect(actions('DELETE', '/b/imports/1?uploadId=2')).toEqual(['s3:AbortMultipartUpload']);
  });
});

describe('the grants of a function', () => {
  const statement: Statement = { actions: ['dynamodb:GetItem'], resources: [TABLE], partitions: ['A#*'] };
  const compare = (partition: string, unseen: RegExp[] = []) =>
    compareGrants(
      new Map([['f', [statement]]]),
      new Map([['f', [{ action: 'dynamodb:GetItem', resource: TABLE, partitions: [partition] }]]]),
      unseen.map((grants) => ({ grants, reason: 'known' })),
    );

  it('allow what is in their partitions, and nothing else', () => {
    expect(compare('A#1')).toEqual({ denied: [], unused: [], stale: [] });
    expect(compare('B#1')).toMatchObject({ denied: ['f dynamodb:GetItem table/t B#*'] });
  });

  it('are named if nothing used them, unless there is a reason; a reason for no grant is named too', () => {
    expect(compare('B#1').unused).toEqual(['f dynamodb:GetItem table/t A#*']);
    expect(compare('B#1', [/^f .* A#\*$/]).unused).toEqual([]);
    expect(compare('A#1', [/^g /]).stale).toEqual(['^g ']);
  });

  it('takes a question mark of a resource for any one character, as IAM does', () => {
    const granted = { actions: ['secretsmanager:GetSecretValue'], resources: ['arn:secret:a-??'] };
    const deniedFor = (resource: string) => {
      const use = { action: 'secretsmanager:GetSecretValue', resource, partitions: [] };
      return compareGrants(new Map([['f', [granted]]]), new Map([['f', [use]]]), []).denied.length;
    };
    expect(['arn:secret:a-xy', 'arn:secret:a-xyz', 'arn:secret:b-xy'].map(deniedFor)).toEqual([0, 1, 1]);
  });
});
