import ipaddr from 'ipaddr.js';

/** The IPv6 addresses that IANA gives out. All global addresses are inside it. */
const IPV6_GLOBAL = ipaddr.IPv6.parseCIDR('2000::/3');

const NAMES: { readonly [range: string]: string } = {
  broadcast: 'a broadcast address',
  carrierGradeNat: 'private',
  linkLocal: 'link-local',
  loopback: 'a loopback address',
  multicast: 'a multicast address',
  private: 'private',
  uniqueLocal: 'private',
  unspecified: 'unspecified',
};

/**
 * Why no call may connect to this IP address, such as 'private'; undefined if it is public, or if it is loopback and that
 * is permitted. IPv6 addresses that contain an IPv4 address (mapped, NAT64, 6to4, Teredo) are refused with any content.
 */
export function problemWithAddress(address: string, allowLoopback: boolean): string | undefined {
  // ipaddr.js alone would also accept 1.2.3 and octal numbers, which others read in another way.
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return 'not an IP address';
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range === 'loopback' && allowLoopback) return undefined;
  const isGlobal = parsed instanceof ipaddr.IPv4 || parsed.match(IPV6_GLOBAL);
  if (range === 'unicast' && isGlobal) return undefined;
  return NAMES[range] ?? 'reserved';
}
