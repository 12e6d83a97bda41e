import type { Config } from '../config.ts';
import { HttpRail, type HttpRailOptions } from '../rail/http.ts';

export function httpBank(settings: Config): HttpRail {
  return rail(settings, { url: settings.BANK_URL, resource: 'transfers', deadlineMs: settings.BANK_DEADLINE_MS });
}

export function gateway(settings: Config): HttpRail {
  return rail(settings, { url: settings.GATEWAY_URL, resource: 'charges', deadlineMs: settings.GATEWAY_DEADLINE_MS });
}

export function chain(settings: Config): HttpRail {
  return rail(settings, { url: settings.CHAIN_URL, resource: 'broadcasts', deadlineMs: settings.CHAIN_DEADLINE_MS });
}

function rail(settings: Config, which: Pick<HttpRailOptions, 'url' | 'resource' | 'deadlineMs'>): HttpRail {
  return new HttpRail({
    ...which,
    maxInFlight: settings.BANK_MAX_IN_FLIGHT,
    breaker: { failures: settings.BANK_BREAKER_FAILURES, openMs: settings.BANK_BREAKER_OPEN_MS },
  });
}
