import { randomUUID } from 'node:crypto';
import type { Operation } from '../../functions/routes.ts';
import type { ErrorCode } from '../../lib/kernel/errors.ts';
import type { Answer, Service } from './service.ts';

/** Sends requests; the last one is answered with an error. */
export type Provoke = (service: Service) => Promise<Answer>;
/** How each operation is made to answer with each of its error codes. */
export type Provocations = Partial<Record<Operation, Partial<Record<ErrorCode, Provoke>>>>;

const file = randomUUID().slice(0, 8);
let names = 0;
/** A name that no other test has, also in another file on the same service. */
export const newName = (prefix: string) => `${prefix}-${file}-${++names}`;

export const keyed = (key = newName('key')) => ({ 'Idempotency-Key': key });

/** A request for something that does not exist. */
export const notFound = (method: string, path: string, body?: object, headers = {}) => ({
  NOT_FOUND: (service: Service) => service.request(method, path, body, headers),
});

/** The header of a new key that may move one minor unit at once. */
export async function limited(service: Service): Promise<{ 'X-API-Key': string }> {
  const { body } = await service.post(
    '/keys',
    {
      ...{ name: newName('limited'), person: 'ana@example.com' },
      scopes: ['payouts:write', 'wallets:write', 'withdrawals:write'],
      limits: { max_per_payout: { IDR: 1, ETH: 1 } },
    },
    keyed(),
  );
  return { 'X-API-Key': body.secret };
}
