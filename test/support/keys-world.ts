import { randomUUID } from 'node:crypto';
import type { KeyRequest } from '../../lib/access/create-key.ts';
import { createKey } from '../../lib/access/create-key.ts';
import { dynamoApprovals, dynamoPolicies } from '../../lib/access/dynamo-approvals.ts';
import { dynamoKeys } from '../../lib/access/dynamo-keys.ts';
import { dynamoLimits } from '../../lib/access/dynamo-limits.ts';
import { reserve } from '../../lib/access/items.ts';
import { SECRET_BYTES, secretOf } from '../../lib/access/key.ts';
import { demandOf } from '../../lib/access/limits.ts';
import type { AccessDeps } from '../../lib/access/ports.ts';
import { transactWrite } from '../../lib/aws/transact.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { Unit } from '../../lib/kernel/money.ts';
import type { Principal } from '../../lib/kernel/principal.ts';
import { secretBytes } from '../../lib/runtime.ts';
import { type Database, documentClient, itemsOf } from './database.ts';
import { aPrincipal } from './http.ts';

/* Keys in tables of their own, at a time that the test sets. */

export const NOW = Date.UTC(2026, 10, 20);

export async function givenKeys(database: Database) {
  const client = documentClient();
  const [table, events] = await Promise.all([database.newTable('AccessTable'), database.newTable('EventsTable')]);
  const state: { now: number; by: Principal } = { now: NOW, by: aPrincipal({ person: 'ana' }) };
  const deps: AccessDeps = {
    keys: dynamoKeys(client, table, events),
    approvals: dynamoApprovals(client, { access: table, events }),
    policies: dynamoPolicies(client, { access: table, events }),
    limits: dynamoLimits(client, table),
    now: () => state.now,
    sleep: async () => {},
    random: () => 0.5,
    newId: randomUUID,
    newSecret: () => secretOf(false, secretBytes(SECRET_BYTES)),
    assets: new Map(),
    policy: { backoff: { baseMs: 1, maxMs: 2 }, patienceMs: 1_000 },
    requestId: () => 'r-1',
    principal: () => state.by,
  };
  const create = async (request: Partial<KeyRequest> = {}) => {
    const { key } = await createKey(deps, aRequest(request), aKey());
    return key;
  };
  const eventTypes = async () => (await itemsOf(client, events)).map(({ type }) => type).sort();
  const use = async (by: Principal, amounts: ReadonlyMap<Unit, bigint>) => {
    await transactWrite(client, Object.values(reserve(table, demandOf(by, amounts, state.now))));
  };
  return { state, deps, create, use, eventTypes, items: () => itemsOf(client, table) };
}

export const aKey = () => randomUUID() as string as IdempotencyKey;
export const aRequest = (request: Partial<KeyRequest> = {}): KeyRequest => ({
  name: 'payroll',
  person: 'ben',
  scopes: ['payouts:read'],
  limits: {},
  ...request,
});
