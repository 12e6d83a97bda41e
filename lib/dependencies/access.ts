import { POLICY_CACHED_MS } from '../access/approval-policy.ts';
import { dynamoApprovals, dynamoKnownPayees, dynamoPolicies } from '../access/dynamo-approvals.ts';
import { dynamoKeys } from '../access/dynamo-keys.ts';
import { dynamoLimits } from '../access/dynamo-limits.ts';
import { dynamoRates } from '../access/dynamo-rates.ts';
import type { GateDeps } from '../access/index.ts';
import { isLive, SECRET_BYTES, secretOf } from '../access/key.ts';
import { rateLimiter } from '../access/limit-rate.ts';
import type { AccessDeps } from '../access/ports.ts';
import type { Config } from '../config.ts';
import type { Admit } from '../edge/admission.ts';
import { logger } from '../edge/log.ts';
import { cachedFor } from '../kernel/cached.ts';
import { machine, secretBytes } from '../runtime.ts';
import { caller, type Of } from './outside.ts';

/** One per process: it keeps tokens. */
export function rateLimits(settings: Config, { dynamo }: Of<'dynamo'>, { now } = machine): Admit {
  return rateLimiter({ rates: dynamoRates(dynamo, settings.ACCESS_TABLE), now, log: logger });
}

export function accessDeps(settings: Config, { dynamo }: Of<'dynamo'>, runtime = machine): AccessDeps {
  const tables = accessTables(settings);
  return {
    approvals: dynamoApprovals(dynamo, tables),
    policies: dynamoPolicies(dynamo, tables),
    keys: dynamoKeys(dynamo, settings.ACCESS_TABLE, settings.EVENTS_TABLE),
    limits: dynamoLimits(dynamo, settings.ACCESS_TABLE),
    newSecret: () => secretOf(isLive(settings.STAGE), secretBytes(SECRET_BYTES)),
    assets: settings.WITHDRAWAL_ASSETS,
    policy: { backoff: { baseMs: 20, maxMs: 1_000 }, patienceMs: 10_000 },
    ...runtime,
    ...caller,
  };
}

export const accessTables = (settings: Config) => ({ access: settings.ACCESS_TABLE, events: settings.EVENTS_TABLE });

/** What a domain needs to ask for approvals. */
export function gateDeps(settings: Config, { dynamo, secrets }: Of<'dynamo' | 'secrets'>, { now } = machine) {
  const tables = accessTables(settings);
  const policies = dynamoPolicies(dynamo, tables);
  return {
    approvals: dynamoApprovals(dynamo, tables),
    approvalPolicy: cachedFor(POLICY_CACHED_MS, () => policies.read(), now),
    knownPayees: dynamoKnownPayees(dynamo, tables.access, secrets),
  } satisfies Partial<GateDeps>;
}
