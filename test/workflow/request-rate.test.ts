import type { APIGatewayProxyResult } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { dynamoRates } from '../../lib/access/dynamo-rates.ts';
import { rateLimiter } from '../../lib/access/limit-rate.ts';
import type { RateStore } from '../../lib/access/ports.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import type { KeyId } from '../../lib/kernel/principal.ts';
import { seededRandom } from '../support/clock.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { anEvent, aPrincipal, bodyOf, fromGateway, lambda } from '../support/http.ts';
import { SILENT } from '../support/settings.ts';

const database = await givenADatabase();
const client = documentClient();

type Load = {
  readonly containers: number;
  readonly perSecond: number;
  readonly burst?: number;
  /** Requests per second of each container, at a time in seconds. */
  readonly offered: (second: number, container: number) => number;
  readonly seconds: number;
  /** By how much the clocks of containers differ at most. */
  readonly skewMs?: number;
};

/** Plays a load in virtual time, with one bucket. @returns when requests were admitted, and how many writes that took */
async function play({ containers, perSecond, burst, offered, seconds, skewMs = 0 }: Load) {
  const table = await database.newTable('AccessTable');
  const limits = { requestsPerSecond: perSecond, ...(burst === undefined ? {} : { burst }) };
  const principal = aPrincipal({ limits });
  const random = seededRandom(7);
  let now = Date.UTC(2026, 0, 1);
  let writes = 0;
  const admitted: number[] = [];
  let refused = 0;
  const all = Array.from({ length: containers }, () => {
    const skew = Math.round((random() - 0.5) * skewMs);
    const rates = dynamoRates(client, table);
    const counting: RateStore = {
      take(...given) {
        writes += 1;
        return rates.take(...given);
      },
    };
    return rateLimiter({ rates: counting, now: () => now + skew, log: SILENT });
  });
  const begun = now;
  const STEP_MS = 20;
  for (let step = 0; step < (seconds * 1_000) / STEP_MS; step += 1) {
    now = begun + step * STEP_MS;
    const asked = all.flatMap((admit, container) => {
      const expected = (offered(step * (STEP_MS / 1_000), container) * STEP_MS) / 1_000;
      const many = Math.floor(expected) + (random() < expected % 1 ? 1 : 0);
      return Array.from({ length: many }, () => admit(principal));
    });
    for (const { status, reason } of (await Promise.allSettled(asked)) as PromiseRejectedResult[]) {
      if (reason !== undefined && !(reason instanceof AppError && reason.code === 'RATE_LIMITED')) throw reason;
      if ((status as string) === 'fulfilled') admitted.push(now - begun);
      else refused += 1;
    }
  }
  return { admitted, refused, writes };
}

/** The most requests that were admitted in any window of so many milliseconds. */
function mostWithin(admitted: readonly number[], windowMs: number): number {
  let [most, first] = [0, 0];
  for (const [last, at] of admitted.entries()) {
    while ((admitted[first] ?? 0) <= at - windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

describe.concurrent('the requests per second of a key', () => {
  it.for([1, 8])('are admitted as stated when %i containers offer four times as many', async (containers) => {
    const [perSecond, burst, seconds] = [40, 60, 15];
    const offered = () => 160 / containers;
    const { admitted, refused, writes } = await play({ containers, perSecond, burst, offered, seconds });
    for (const window of [1, 2, 5, 10]) {
      expect(mostWithin(admitted, window * 1_000)).toBeLessThanOrEqual(burst + perSecond * (window + 1));
    }
    // Of what the bucket had to give, at most a second's tokens of the last leases are not used.
    expect(admitted.length).toBeGreaterThanOrEqual(burst + perSecond * (seconds - 2));
    expect(refused).toBeGreaterThan(0);
    expect(writes).toBeLessThanOrEqual(3 * containers * seconds);
  });

  it('are admitted as stated when the clocks of containers differ', async () => {
    const [perSecond, seconds] = [40, 10];
    const load = { containers: 8, perSecond, seconds, offered: () => 20, skewMs: 1_000 };
    const { admitted } = await play(load);
    for (const window of [1, 2, 5]) {
      expect(mostWithin(admitted, window * 1_000)).toBeLessThanOrEqual(perSecond + perSecond * (window + 2));
    }
  });

  it('are all admitted below the limit, with about one write per second and container', async () => {
    const load = { containers: 4, perSecond: 200, seconds: 10, offered: () => 25 };
    const { admitted, refused, writes } = await play(load);
    expect(refused).toBe(0);
    expect(admitted.length).toBeGreaterThan(900);
    expect(writes).toBeLessThan(admitted.length / 4);
  });

  it('may come as a burst after a pause', async () => {
    const offered = (second: number) => (second % 5 < 0.02 ? 2_000 : 0);
    const { admitted } = await play({ containers: 1, perSecond: 10, burst: 30, seconds: 10, offered });
    expect(admitted.filter((at) => at < 1_000)).toHaveLength(30);
    expect(admitted.filter((at) => at >= 5_000)).toHaveLength(30);
  });

  it('cost nothing for a key without this limit', async () => {
    const take = () => Promise.reject(new Error('the table was asked'));
    const log = { warn: () => expect.unreachable() };
    const admit = rateLimiter({ rates: { take }, now: Date.now, log });
    await admit(aPrincipal({ limits: { maxPerDay: { IDR: '1' }, burst: 1 } }));
  });

  it('are all admitted for a second when the table fails, with one warning', async () => {
    let [now, asked] = [0, 0];
    const warnings: string[] = [];
    const take = () => {
      asked += 1;
      return Promise.reject(new Error('down'));
    };
    const log = { warn: (message: string) => void warnings.push(message) };
    const admit = rateLimiter({ rates: { take }, now: () => now, log });
    const principal = aPrincipal({ limits: { requestsPerSecond: 1 } });
    await Promise.all(Array.from({ length: 50 }, () => admit(principal)));
    expect([asked, warnings.length]).toEqual([1, 1]);
    now = 1_000;
    await admit(principal);
    expect(asked).toBe(2);
  });
});

describe('a route of a key with a limit of requests', () => {
  const routes = {
    read: route({
      method: 'GET',
      path: '/things',
      summary: 'Read',
      scope: 'orders:read',
      answers: { 200: { description: 'Read.' } },
    })(async () => ({ status: 200, body: 'read' })),
    health: route({
      method: 'GET',
      path: '/open',
      summary: 'Read',
      scope: 'public',
      answers: { 200: { description: 'Read.' } },
    })(async () => ({ status: 200, body: 'read' })),
  };

  it('answers 429 with Retry-After beyond the limit, and counts no request without the scope', async () => {
    const table = await database.newTable('AccessTable');
    const handler = dispatch(routes, rateLimiter({ rates: dynamoRates(client, table), now: () => 0, log: SILENT }));
    const limited = aPrincipal({ keyId: 'key_a' as KeyId, limits: { requestsPerSecond: 2 } });
    const ask = (path: string, principal = limited): Promise<APIGatewayProxyResult> =>
      handler(anEvent({ httpMethod: 'GET', resource: path, requestContext: fromGateway(principal) }), lambda);
    const forbidden = await ask('/things', { ...limited, scopes: [] });
    expect(forbidden.statusCode).toBe(403);
    expect((await ask('/things')).statusCode).toBe(200);
    expect((await ask('/things')).statusCode).toBe(200);
    const refused = await ask('/things');
    expect(refused.statusCode).toBe(429);
    expect(refused.headers).toMatchObject({ 'retry-after': '1' });
    expect(bodyOf(refused).error).toMatchObject({ code: 'RATE_LIMITED' });
    const open = anEvent({ httpMethod: 'GET', resource: '/open', requestContext: {} as never });
    expect((await handler(open, lambda)).statusCode).toBe(200);
    expect((await ask('/things', aPrincipal({ keyId: 'key_b' as KeyId }))).statusCode).toBe(200);
  });
});
