import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Operation, routes } from '../../functions/routes.ts';
import { rpcStatus } from '../../lib/edge/rpc.ts';
import { ERRORS, type ErrorCode } from '../../lib/kernel/errors.ts';
import { codeOf, contract } from '../support/contract.ts';
import { notFound, type Provocations } from '../support/provoke.ts';
import { Service } from '../support/service.ts';
import { access } from './provoked/access.ts';
import { approvals } from './provoked/approvals.ts';
import { orders } from './provoked/orders.ts';
import { payouts } from './provoked/payouts.ts';
import { settlement } from './provoked/settlement.ts';
import { uploads } from './provoked/uploads.ts';
import { wallets } from './provoked/wallets.ts';
import { webhooks } from './provoked/webhooks.ts';
import { withdrawals } from './provoked/withdrawals.ts';

const PROVOCATIONS: Provocations = {
  ...access,
  ...approvals,
  ...payouts,
  ...uploads,
  ...wallets,
  ...orders,
  ...withdrawals,
  ...settlement,
  ...webhooks,
  getDocsFile: notFound('GET', '/docs/none.js'),
};

const all = Object.entries(routes).map(([operation, route]) => ({ operation: operation as Operation, ...route }));
const declared = all.flatMap(({ operation, errors = [] }) => errors.map((code) => `${operation} ${code}`));
const provoked = Object.entries(PROVOCATIONS).flatMap(([operation, codes]) =>
  Object.entries(codes).map(([code, provoke]) => ({
    operation: operation as Operation,
    code: code as ErrorCode,
    provoke,
  })),
);

const service = new Service();
// The only timeout is that of createPayment: GATEWAY_TIMEOUT, also on a busy machine.
beforeAll(() => service.start({ GATEWAY_DEADLINE_MS: '2000', GATEWAY_BUDGET_MS: '4500' }));
afterAll(() => service.stop());
afterEach(() => service.setBank({ mode: 'happy', latency_ms: [0, 0] }));

const statusOf = (operation: Operation, code: ErrorCode) =>
  routes[operation].protocol === 'connect' ? rpcStatus(code) : ERRORS[code].status;

describe('an error that a route declares', () => {
  it('has a request that provokes it', () => {
    expect(provoked.map(({ operation, code }) => `${operation} ${code}`).sort()).toEqual(declared.sort());
  });

  it.each(provoked)('$operation: $code', async ({ operation, code, provoke }) => {
    const { status, text, method, path } = await provoke(service);
    expect({ operation: contract().operationOf(method, path), status, code: codeOf(text) }).toEqual({
      operation,
      status: statusOf(operation, code),
      code,
    });
  });
});

const pathOf = (path: string) => path.replace(/\{\w+\}/g, 'any');

describe('every route', () => {
  it.each([
    ['no key', { 'X-API-Key': '' }],
    ['a wrong key', { 'X-API-Key': 'local_wrong' }],
  ])('with %s is 401, unless it is public', async (_name, headers) => {
    for (const { operation, method, path, scope } of all) {
      const answer = await service.request(method, pathOf(path), method === 'GET' ? undefined : {}, headers);
      if (scope === 'public') expect(answer.status, operation).not.toBe(401);
      else expect([operation, answer.status, codeOf(answer.text)]).toEqual([operation, 401, 'UNAUTHORIZED']);
    }
  });

  it('refuses an unknown query parameter by its name', async () => {
    for (const { operation, method, path } of all) {
      const { status, text } = await service.request(
        method,
        `${pathOf(path)}?unknown=1`,
        method === 'GET' ? undefined : {},
        {},
      );
      expect([operation, status, codeOf(text)]).toEqual([operation, 400, 'VALIDATION_ERROR']);
      expect(text, operation).toContain('"path":"unknown"');
    }
  });
});
