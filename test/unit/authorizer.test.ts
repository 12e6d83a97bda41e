import { createHash } from 'node:crypto';
import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { authorizer } from '../../lib/edge/authorizer.ts';

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
const ARN = 'arn:aws:execute-api:eu-west-1:000000000000:abcdef/prod';
const asking = (headers: Record<string, string> | null, valid = [sha256('key-1'), sha256('key-2')]) =>
  authorizer(() => valid)({
    type: 'REQUEST',
    methodArn: `${ARN}/POST/batches/b/start`,
    headers,
  } as APIGatewayRequestAuthorizerEvent);

describe('an API key', () => {
  it.each([['X-API-Key'], ['x-api-key'], ['X-Api-KEY']])('that is valid is accepted in the header %s', async (name) => {
    for (const key of ['key-1', 'key-2']) {
      expect((await asking({ Accept: '*/*', [name]: key })).policyDocument.Statement).toEqual([
        { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `${ARN}/*` },
      ]);
    }
  });

  it('opens every route, because the answer is cached, and is logged only as a part of its hash', async () => {
    const { principalId } = await asking({ 'X-API-Key': 'key-1' });
    expect(principalId).toBe(sha256('key-1').slice(0, 16));
  });

  it.each([
    ['missing', {}],
    ['empty', { 'X-API-Key': '' }],
    ['wrong', { 'X-API-Key': 'key-3' }],
    ['a hash itself', { 'X-API-Key': sha256('key-1') }],
    ['in another header', { Authorization: 'key-1' }],
  ])('that is %s is refused', async (_name, headers) => {
    await expect(asking(headers)).rejects.toThrow(/^Unauthorized$/);
  });

  it('is refused by a service without keys', async () => {
    await expect(asking({ 'X-API-Key': '' }, [])).rejects.toThrow('Unauthorized');
    await expect(asking(null, [])).rejects.toThrow('Unauthorized');
  });

  it('does not match a truncated or invalid hash', async () => {
    const hash = sha256('key-1');
    for (const broken of [hash.slice(0, 32), '', 'zz', `${hash}00`]) {
      await expect(asking({ 'X-API-Key': 'key-1' }, [broken])).rejects.toThrow('Unauthorized');
    }
  });
});
