import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { WithdrawalProcessorService, WithdrawalService } from '../../gen/withdrawal/v1/withdrawal_pb.js';
import type { Fields } from '../../lib/edge/rpc-names.ts';
import { logLines } from '../support/log-lines.ts';
import { CONTRACT, call, procedure, VIEW } from '../support/rpc-routes.ts';

logLines();
const { createWithdrawal, listWithdrawals } = WithdrawalService.method;

describe('the contract', () => {
  const { method, path, body, answers } = procedure<Fields>(listWithdrawals, CONTRACT)(async () => ({}));
  const componentsOf = (schema: z.ZodType | undefined) => z.toJSONSchema(schema ?? z.never()).$defs;

  it('has the path and the messages of the procedure', () => {
    expect([method, path]).toEqual(['POST', '/withdrawal.v1.WithdrawalService/ListWithdrawals']);
    const status = { $ref: '#/$defs/RpcWithdrawalStatus' };
    expect(componentsOf(body)).toMatchObject({
      RpcListWithdrawalsRequest: {
        properties: {
          userId: { type: ['string', 'null'] },
          status: { anyOf: [{ anyOf: [status, { enum: expect.arrayContaining([0, 1]) }] }, { type: 'null' }] },
          pageSize: { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] },
          pageToken: { type: ['string', 'null'] },
        },
      },
    });
  });

  it('has the rules for each field', () => {
    const request = z.object({ user_id: z.string().max(3), limit: z.int().max(9).optional() });
    const { body: schema } = procedure(listWithdrawals, { ...CONTRACT, request })(async () => ({}));
    expect(componentsOf(schema)).toMatchObject({
      RpcListWithdrawalsRequest: {
        properties: { userId: { type: 'string', maxLength: 3 } },
        required: ['userId'],
        additionalProperties: false,
      },
    });
  });

  it('describes the JSON of the answer', async () => {
    const result = await call(async () => VIEW);
    const created = procedure<Fields>(createWithdrawal, CONTRACT)(async () => ({})).answers[200]?.schema;
    expect(created?.parse(JSON.parse(result.body))).toEqual(JSON.parse(result.body));
    expect(componentsOf(answers[200]?.schema)).toMatchObject({
      RpcWithdrawal: {
        properties: {
          withdrawalId: { type: 'string' },
          retryCount: { type: 'integer' },
          nextAttemptAt: { type: 'string', format: 'date-time' },
        },
        additionalProperties: false,
      },
      RpcWithdrawalSource: { enum: expect.arrayContaining(['WITHDRAWAL_SOURCE_WALLET']) },
    });
  });

  it('has 64-bit numbers as text', () => {
    const { getProcessorStats } = WithdrawalProcessorService.method;
    const stats = procedure<Fields>(getProcessorStats, CONTRACT)(async () => ({}));
    expect(componentsOf(stats.answers[200]?.schema)).toMatchObject({
      RpcGetProcessorStatsResponse: {
        properties: {
          completed: { type: 'string', format: 'uint64' },
          byStatus: { type: 'object', additionalProperties: { type: 'string' } },
          isEstimate: { type: 'boolean' },
        },
      },
    });
  });
});

describe('the generated code', () => {
  const root = join(import.meta.dirname, '../..');
  const folder = mkdtempSync(join(tmpdir(), 'sluice-gen-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is what npm run generate makes of the proto files', { timeout: 30_000 }, () => {
    execFileSync(join(root, 'node_modules/.bin/buf'), ['generate', '--output', folder], { cwd: root });
    for (const file of ['withdrawal_pb.js', 'withdrawal_pb.d.ts']) {
      const path = join('gen/withdrawal/v1', file);
      expect(readFileSync(join(root, path), 'utf8')).toBe(readFileSync(join(folder, path), 'utf8'));
    }
  });
});
