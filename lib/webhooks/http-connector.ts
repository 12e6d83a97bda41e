import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { problemWithAddress } from './address.ts';
import { RefusedAddress } from './failure.ts';

export type ConnectorOptions = {
  /** Permits loopback addresses: for development. */
  readonly allowLocal: boolean;
  readonly lookup: LookupFunction;
  /** For the lookup, the connection and the TLS handshake together, in milliseconds. */
  readonly connectMs: number;
};

/**
 * Connects to public addresses only. It checks the addresses that the socket gets from its own lookup, so a name cannot
 * resolve to another address after the check. IP literals are checked apart, because Node looks up only names.
 */
export function publicConnector({ allowLocal, lookup, connectMs }: ConnectorOptions): buildConnector.connector {
  const connect = buildConnector({
    lookup: publicLookup(lookup, allowLocal),
    timeout: connectMs,
    allowH2: false,
    // Every connection verifies the certificate: a resumed TLS session would not.
    maxCachedSessions: 0,
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED and --tls-min-v1.0 have no effect.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
  });
  return (options, callback) => {
    const { hostname } = options;
    const problem = isIP(hostname) ? problemWithAddress(hostname, allowLocal) : undefined;
    if (problem) queueMicrotask(() => callback(new RefusedAddress(`the address ${hostname} is ${problem}`), null));
    else connect(options, callback);
  };
}

/** Fails if any address of the name is not public, because the socket may try all of them. */
function publicLookup(lookup: LookupFunction, allowLocal: boolean): LookupFunction {
  return (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const addresses = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }];
      for (const { address } of addresses) {
        const problem = problemWithAddress(address, allowLocal);
        if (problem) return callback(new RefusedAddress(`the address ${address} of ${hostname} is ${problem}`), []);
      }
      const [first] = addresses;
      if (!first) return callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), []);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
}
