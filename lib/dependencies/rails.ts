import type { Config } from '../config.ts';
import { logger } from '../edge/log.ts';
import { cachedFor } from '../kernel/cached.ts';
import { type CircuitStore, circuitReporter, type RailName } from '../rail/circuit.ts';
import { dynamoCircuits } from '../rail/dynamo-circuits.ts';
import { dynamoEpochs } from '../rail/dynamo-epochs.ts';
import { EPOCH_CACHED_MS, type EpochDeps } from '../rail/epoch.ts';
import { HttpRail, type HttpRailOptions } from '../rail/http.ts';
import { machine } from '../runtime.ts';
import type { Of } from './outside.ts';

type OnCircuit = HttpRailOptions['onCircuit'];

export function httpBank(settings: Config, onCircuit?: OnCircuit): HttpRail {
  const { BANK_URL: url, BANK_DEADLINE_MS: deadlineMs } = settings;
  return rail(settings, { url, resource: 'transfers', deadlineMs, onCircuit });
}

export function gateway(settings: Config, onCircuit?: OnCircuit): HttpRail {
  const { GATEWAY_URL: url, GATEWAY_DEADLINE_MS: deadlineMs } = settings;
  return rail(settings, { url, resource: 'charges', deadlineMs, onCircuit });
}

export function chain(settings: Config, onCircuit?: OnCircuit): HttpRail {
  const { CHAIN_URL: url, CHAIN_DEADLINE_MS: deadlineMs } = settings;
  return rail(settings, { url, resource: 'broadcasts', deadlineMs, onCircuit });
}

function rail(
  settings: Config,
  which: Pick<HttpRailOptions, 'url' | 'resource' | 'deadlineMs' | 'onCircuit'>,
): HttpRail {
  return new HttpRail({
    ...which,
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
