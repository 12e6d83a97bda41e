import { secretSource } from '../aws/secret.ts';
import type { Config } from '../config.ts';
import { logger } from '../edge/log.ts';
import { traceCall } from '../edge/trace.ts';
import { cachedFor } from '../kernel/cached.ts';
import type { AuthenticationDeps } from '../rail/authentication.ts';
import { type CircuitStore, circuitReporter, type RailName } from '../rail/circuit.ts';
import { dynamoCircuits } from '../rail/dynamo-circuits.ts';
import { dynamoEpochs } from '../rail/dynamo-epochs.ts';
import { EPOCH_CACHED_MS, type EpochDeps } from '../rail/epoch.ts';
import { HttpRail, type HttpRailOptions } from '../rail/http.ts';
import { machine } from '../runtime.ts';
import type { Of } from './outside.ts';

/** What a rail uses of its process. */
export type RailParts = {
  readonly onCircuit?: HttpRailOptions['onCircuit'];
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
  { onCircuit, now = machine.now, log = logger }: RailParts = {},
): HttpRail {
  return new HttpRail({
    ...which,
    onCircuit,
    authentication: { rail: name, secret: secretSource(secret, now), now, log },
    trace: traceCall,
    maxInFlight: settings.BANK_MAX_IN_FLIGHT,
    breaker: { failures: settings.BANK_BREAKER_FAILURES, openMs: settings.BANK_BREAKER_OPEN_MS },
  });
}

export function circuitStore(settings: Config, { dynamo }: Of<'dynamo'>): CircuitStore {
  const onFailure = (error: Error) => logger.warn('the state of a circuit was not reported', { error });
  return dynamoCircuits(dynamo, settings.SYSTEM_TABLE, onFailure);
}

/** Reports the circuit of this process to a rail. */
export function reportCircuit(settings: Config, outside: Of<'dynamo'>, which: RailName, { now, newId } = machine) {
  return circuitReporter({ circuits: circuitStore(settings, outside), now }, which, newId());
}

export function cachedEpoch(settings: Config, { dynamo }: Of<'dynamo'>, { now } = machine): EpochDeps['epoch'] {
  const epochs = dynamoEpochs(dynamo, { system: settings.SYSTEM_TABLE, events: settings.EVENTS_TABLE });
  return cachedFor(EPOCH_CACHED_MS, () => epochs.read(), now);
}
