import { problemWithAddress } from './address.ts';

const MAX_LENGTH = 2048;
/** '' is the scheme's default port, 443. */
const PORTS = new Set(['', '443', '8443']);
/** Labels of letters, digits and hyphens (RFC 1123), at least two; the last one starts with a letter. */
const DNS_NAME = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
/**
 * Top-level domains that the public DNS does not have: special-use names of IANA (RFC 6761 and later), `internal`, and
 * those that private networks use.
 */
const PRIVATE_TLDS = new Set(
  'alt arpa corp home internal intranet invalid lan local localdomain localhost onion private test'.split(' '),
);

export type UrlRules = {
  /** Permits http, any port and loopback addresses: for development. */
  readonly allowLocal: boolean;
};

/**
 * Why this URL cannot be an endpoint, in plain English; undefined if it can. It does not resolve the name: the client
 * checks the address when it connects.
 */
export function problemWithUrl(url: string, { allowLocal }: UrlRules): string | undefined {
  if (url.length > MAX_LENGTH) return 'the URL must have at most 2,048 characters';
  if (/[\s\p{Cc}\\]/u.test(url)) return 'the URL must have no spaces, control characters or backslashes';
  if (!/^[a-z]+:\/\//i.test(url) || !URL.canParse(url)) return 'the URL must be an absolute URL';
  const { protocol, port, username, password, hostname, href } = new URL(url);
  if (protocol !== 'https:' && !(allowLocal && protocol === 'http:')) return 'the URL must use https';
  if (!allowLocal && !PORTS.has(port)) return 'the port must be 443 or 8443';
  if (username || password) return 'the URL must have no user name or password';
  if (url.includes('#')) return 'the URL must have no fragment';
  if (href.length > MAX_LENGTH) return 'the URL must have at most 2,048 characters';
  return problemWithHost(hostname, allowLocal);
}

/** WHATWG URL has normalised it: 0x7f.1 is 127.0.0.1 here, and IPv6 addresses have brackets. */
function problemWithHost(host: string, allowLocal: boolean): string | undefined {
  const literal = host.startsWith('[') ? host.slice(1, -1) : /^[\d.]+$/.test(host) ? host : undefined;
  if (literal !== undefined) {
    const problem = problemWithAddress(literal, allowLocal);
    return problem && `the address ${literal} is ${problem}`;
  }
  if (allowLocal && host === 'localhost') return undefined;
  const isPublic = DNS_NAME.test(host) && !PRIVATE_TLDS.has(host.slice(host.lastIndexOf('.') + 1));
  return isPublic ? undefined : `the host ${host} is not a public DNS name`;
}
