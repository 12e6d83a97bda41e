import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';

/** Milliseconds for one question to a name server. Asked twice, it ends before the limit of the connection. */
const TIMEOUT_MS = 2_000;
const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Asks the name servers (by default the machine's) without a thread. `dns.lookup` holds one of Node's four
 * threads until the name server answers: four slow names would delay every call of the process.
 */
export function nameServerLookup(servers?: readonly string[]): LookupFunction {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });
  if (servers) resolver.setServers(servers);
  return (hostname, _options, callback) => {
    void Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]).then((answers) => {
      const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
      if (found.length > 0)
        return callback(
          null,
          found.map((address) => ({ address, family: isIP(address) })),
        );
      const isUnknown = answers.every((answer) => answer.status === 'rejected' && NO_SUCH_NAME.has(answer.reason.code));
      callback(Object.assign(new Error('no address'), { code: isUnknown ? 'ENOTFOUND' : 'EAI_AGAIN' }), []);
    });
  };
}
