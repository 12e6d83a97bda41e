import { secretSource } from '../aws/secret.ts';
import type { Config } from '../config.ts';
import { logger } from '../edge/log.ts';
import { traceCall } from '../edge/trace.ts';
import { cachedFor } from '../kernel/cached.ts';
import type { AuthenticationDeps } from '../rail/authentication.ts';
import { type CircuitStore, NO_CIRCUIT, type RailName, sharedCircuit } from '../rail/circuit.ts';
import { dynamoCircuits, SEND_WAIT_MS } from '../rail/dynamo-circuits.ts';
import { dynamoEpochs } from '../rail/dynamo-epochs.ts';
import { EPOCH_CACHED_MS, type EpochDeps } from '../rail/epoch.ts';
import { HttpRail, type HttpRailOptions } from '../rail/http.ts';
import { machine } from '../runtime.ts';
import type { Of } from './outside.ts';

/** What a rail uses of its process. */
export type RailParts = {
  /** Without it, the rail has no circuit. */
  readonly circuits?: CircuitStore;
  readonly now?: AuthenticationDeps['now'];
  readonly log?: AuthenticationDeps['log'];
};

export function httpBank(settings: Config, parts?: RailParts): HttpRail {
  const { BANK_URL: url, BANK_SECRET: secret, BANK_DEADLINE_MS: deadlineMs } = settings;
  return rail(settings, 'bank', { url, secret, resource: 'transfers', deadlineMs }, parts);
}

export function gateway(settings: Config, parts?: RailParts): HttpRail {
  const { GATEWAY_URL: url, GATEWAY_SECRET: secret, GATEWAY_DEADLINE_MS: deadlineMs } = settings;
  return rail(settings, 'gateway', { url, secret, resource: 'charges', deadlineMs }, parts);
}

export function chain(settings: Config, parts?: RailParts): HttpRail {
  const { CHAIN_URL: url, CHAIN_SECRET: secret, CHAIN_DEADLINE_MS: deadlineMs } = settings;
  return rail(settings, 'chain', { url, secret, resource: 'broadcasts', deadlineMs }, parts);
}

function rail(
  settings: Config,
  name: RailName,
  { secret, ...which }: Pick<HttpRailOptions, 'url' | 'resource' | 'deadlineMs'> & { readonly secret: string },
  { circuits, now = machine.now, log = logger }: RailParts = {},
): HttpRail {
  const { BANK_BREAKER_FAILURES: failures, BANK_BREAKER_OPEN_MS } = settings;
  const policy = { failures, openMs: Math.max(BANK_BREAKER_OPEN_MS, which.deadlineMs) };
  const onFailure = (error: Error) => log.warn('the circuit to the rail is not shared', { rail: name, error });
  return new HttpRail({
    ...which,
    circuit: circuits ? sharedCircuit({ circuits, now, onFailure }, name, policy) : NO_CIRCUIT,
    authentication: { rail: name, secret: secretSource(secret, now), now, log },
    trace: traceCall,
    maxInFlight: settings.BANK_MAX_IN_FLIGHT,
  });
}

/** For sends. */
export const circuitStore = (settings: Config, { dynamo }: Of<'dynamo'>): CircuitStore =>
  dynamoCircuits(dynamo, settings.SYSTEM_TABLE, SEND_WAIT_MS);

export function cachedEpoch(settings: Config, { dynamo }: Of<'dynamo'>, { now } = machine): EpochDeps['epoch'] {
  const epochs = dynamoEpochs(dynamo, { system: settings.SYSTEM_TABLE, events: settings.EVENTS_TABLE });
  return cachedFor(EPOCH_CACHED_MS, () => epochs.read(), now);
}
