import { BlockList } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { problemWithAddress } from '../../lib/webhooks/address.ts';
import { problemWithUrl } from '../../lib/webhooks/endpoint-url.ts';

const strict = (url: string) => problemWithUrl(url, { allowLocal: false });
const local = (url: string) => problemWithUrl(url, { allowLocal: true });

describe('the URL of an endpoint', () => {
  it.each([
    'https://hooks.example/payouts?shop=1',
    'https://hooks.example:8443/',
    'HTTPS://Hooks.Example:443',
    'https://xn--bcher-kva.example/',
    'https://bücher.example/ä',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'https://134744072/',
    `https://hooks.example/${'a'.repeat(2048 - 'https://hooks.example/'.length)}`,
  ])('may be %s', (url) => {
    expect(strict(url)).toBeUndefined();
    expect(local(url)).toBeUndefined();
  });

  const loopback = 'the address 127.0.0.1 is a loopback address';
  it.each([
    ['http://hooks.example/', 'the URL must use https'],
    ['file:///etc/passwd', 'the URL must use https'],
    ['gopher://hooks.example/_x', 'the URL must use https'],
    ['ftp://hooks.example/', 'the URL must use https'],
    ['ws://hooks.example/', 'the URL must use https'],
    ['https://hooks.example:22/', 'the port must be 443 or 8443'],
    ['https://hooks.example:25/', 'the port must be 443 or 8443'],
    ['https://hooks.example:6379/', 'the port must be 443 or 8443'],
    ['https://hooks.example:80/', 'the port must be 443 or 8443'],
    ['https://hooks.example:0/', 'the port must be 443 or 8443'],
    ['https://127.0.0.1/', loopback],
    ['https://2130706433/', loopback],
    ['https://0177.0.0.1/', loopback],
    ['https://0x7f.1/', loopback],
    ['https://0x7f000001/', loopback],
    ['https://127.1/', loopback],
    ['https://127.0.0.1./', loopback],
    ['https://%31%32%37.0.0.1/', loopback],
    ['https://①②⑦.0.0.1/', loopback],
    ['https://localhost/', 'the host localhost is not a public DNS name'],
    ['https://localhost:8443/', 'the host localhost is not a public DNS name'],
  ])('is not %s', (url, problem) => {
    expect(strict(url)).toBe(problem);
  });

  it.each([
    ['https://user:secret@hooks.example/', 'the URL must have no user name or password'],
    ['https://user@hooks.example/', 'the URL must have no user name or password'],
    ['https://hooks.example@10.0.0.7/', 'the URL must have no user name or password'],
    ['https://hooks.example/#part', 'the URL must have no fragment'],
    ['https://hooks.example/#', 'the URL must have no fragment'],
    [`https://hooks.example/${'a'.repeat(2048)}`, 'the URL must have at most 2,048 characters'],
    [`https://hooks.example/${'ä'.repeat(1000)}`, 'the URL must have at most 2,048 characters'],
    ['', 'the URL must be an absolute URL'],
    ['hooks.example/x', 'the URL must be an absolute URL'],
    ['//hooks.example/', 'the URL must be an absolute URL'],
    ['https:hooks.example', 'the URL must be an absolute URL'],
    ['https://', 'the URL must be an absolute URL'],
    ['https://hooks.example:99999/', 'the URL must be an absolute URL'],
    ['https://1.2.3.4.5/', 'the URL must be an absolute URL'],
    ['https://[::1%25eth0]/', 'the URL must be an absolute URL'],
    ['javascript:alert(1)', 'the URL must be an absolute URL'],
    ['https://hooks.exa\nmple/', 'the URL must have no spaces, control characters or backslashes'],
    [' https://hooks.example/', 'the URL must have no spaces, control characters or backslashes'],
    ['https://hooks.example\\@10.0.0.7/', 'the URL must have no spaces, control characters or backslashes'],
    ['https://10.0.0.7/', 'the address 10.0.0.7 is private'],
    ['https://0300.0250.1.1/', 'the address 192.168.1.1 is private'],
    ['https://169.254.169.254/latest/meta-data/', 'the address 169.254.169.254 is link-local'],
    ['https://0.0.0.0/', 'the address 0.0.0.0 is unspecified'],
    ['https://[::]/', 'the address :: is unspecified'],
    ['https://[::ffff:127.0.0.1]/', 'the address ::ffff:7f00:1 is reserved'],
    ['https://[::ffff:8.8.8.8]/', 'the address ::ffff:808:808 is reserved'],
    ['https://[::7f00:1]/', 'the address ::7f00:1 is reserved'],
    ['https://[::ffff:0:127.0.0.1]/', 'the address ::ffff:0:7f00:1 is reserved'],
    ['https://[64:ff9b::a00:7]/', 'the address 64:ff9b::a00:7 is reserved'],
    ['https://[64:ff9b:1::a00:7]/', 'the address 64:ff9b:1::a00:7 is reserved'],
    ['https://[2002:7f00:1::]/', 'the address 2002:7f00:1:: is reserved'],
    ['https://[2001:0:a00:7::]/', 'the address 2001:0:a00:7:: is reserved'],
    ['https://[2001:db8::1]/', 'the address 2001:db8::1 is reserved'],
    ['https://[fe80::1]/', 'the address fe80::1 is link-local'],
    ['https://[fec0::1]/', 'the address fec0::1 is reserved'],
    ['https://[fd00:ec2::254]/', 'the address fd00:ec2::254 is private'],
    ['https://[ff02::1]/', 'the address ff02::1 is a multicast address'],
    ['https://db.internal/', 'the host db.internal is not a public DNS name'],
    ['https://metadata.google.internal/', 'the host metadata.google.internal is not a public DNS name'],
    ['https://printer.local/', 'the host printer.local is not a public DNS name'],
    ['https://a.localhost/', 'the host a.localhost is not a public DNS name'],
    ['https://localhost./', 'the host localhost. is not a public DNS name'],
    ['https://router.home.arpa/', 'the host router.home.arpa is not a public DNS name'],
    ['https://nas.lan/', 'the host nas.lan is not a public DNS name'],
    ['https://abc.onion/', 'the host abc.onion is not a public DNS name'],
    ['https://redis/', 'the host redis is not a public DNS name'],
    ['https://a_b.example/', 'the host a_b.example is not a public DNS name'],
    [`https://${'a'.repeat(64)}.example/`, `the host ${'a'.repeat(64)}.example is not a public DNS name`],
  ])('is never %s', (url, problem) => {
    expect(strict(url)).toBe(problem);
    expect(local(url)).toBe(problem);
  });

  it.each([
    'http://localhost:8080/hook',
    'http://127.0.0.1:8080/',
    'http://127.9.9.9/',
    'https://[::1]:9443/',
    'http://hooks.example:81/',
  ])('may be %s where loopback is permitted', (url) => {
    expect(local(url)).toBeUndefined();
    expect(strict(url)).toBeDefined();
  });
});

/**
 * The special-purpose blocks of IANA (iana-ipv4-special-registry, iana-ipv6-special-registry) and multicast. Some parts of them are
 * globally reachable, such as those of AS112; no endpoint has such an address.
 */
const SPECIAL = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/128', '::1/128', '::ffff:0:0/96', '::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23'],
  ...['2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10'],
  ...['fec0::/10', 'ff00::/8'],
  // All that is not 2000::/3.
  ...['::/3', '4000::/2', '8000::/1'],
].map((block) => {
  const [network = '', bits = ''] = block.split('/');
  return { network, bits: Number(bits), family: network.includes(':') ? 'ipv6' : 'ipv4' } as const;
});
// One list each, because a list of both applies the blocks of mapped addresses to IPv4.
const special = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const { network, bits, family } of SPECIAL) special[family].addSubnet(network, bits, family);

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const toText = (address: Uint8Array) => ipaddr.fromByteArray([...address]).toString();
/** Inside 2000::/3. */
const global6 = bytes(16).map((address) => address.with(0, 0x20 | ((address[0] ?? 0) & 0x1f)));
const anyAddress = fc.oneof(bytes(4), bytes(16), global6).map(toText);
/** Any address of a block, with its first and last ones. */
const specialAddress = fc
  .constantFrom(...SPECIAL)
  .chain(({ network, bits }) => {
    const prefix = ipaddr.parse(network).toByteArray();
    const last = prefix.map(() => 255);
    const ends = fc.constantFrom(Uint8Array.from(prefix), Uint8Array.from(last));
    return fc.oneof(ends, bytes(prefix.length)).map((host) => merge(prefix, host, bits));
  })
  .map(toText);

function merge(prefix: readonly number[], host: Uint8Array, bits: number): Uint8Array {
  return Uint8Array.from(prefix, (byte, index) => {
    const mask = (0xff00 >> Math.min(Math.max(bits - index * 8, 0), 8)) & 0xff;
    return (byte & mask) | ((host[index] ?? 0) & ~mask);
  });
}

describe('the addresses that may be called', () => {
  const runs = { numRuns: 3_000 };

  it('are never special-purpose ones, as a URL neither', () => {
    fc.assert(
      fc.property(specialAddress, (address) => {
        expect(problemWithAddress(address, false)).toBeTypeOf('string');
        expect(strict(address.includes(':') ? `https://[${address}]/` : `https://${address}/`)).toBeTypeOf('string');
      }),
      runs,
    );
  });

  it('are all others', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        const family = address.includes(':') ? 'ipv6' : 'ipv4';
        const isSpecial = special[family].check(address, family);
        expect(problemWithAddress(address, false) !== undefined).toBe(isSpecial);
      }),
      runs,
    );
  });

  it('are the same in each notation of IPv4', () => {
    const notations = (address: string): string[] => {
      const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
      const number = ((a * 256 + b) * 256 + c) * 256 + d;
      const octal = [a, b, c, d].map((part) => `0${part.toString(8)}`).join('.');
      return [`${number}`, `0x${number.toString(16)}`, `0${number.toString(8)}`, octal, `${a}.${number % 2 ** 24}`];
    };
    fc.assert(
      fc.property(fc.oneof(bytes(4).map(toText), specialAddress), (address) => {
        fc.pre(!address.includes(':'));
        const results = notations(address).map((host) => strict(`https://${host}/`));
        expect(new Set(results)).toEqual(new Set([strict(`https://${address}/`)]));
      }),
      runs,
    );
  });

  it('are never loopback in disguise, also where loopback is permitted', () => {
    const disguises = ['::ffff:7f00:1', '::7f00:1', '::ffff:0:7f00:1', '64:ff9b::7f00:1', '2002:7f00:1::'];
    for (const address of disguises) expect(problemWithAddress(address, true)).toBeTypeOf('string');
    for (const address of ['', 'hooks.example', '1.2.3', '0177.0.0.1', '2130706433', '127.0.0.1 ', '999.0.0.1'])
      expect(problemWithAddress(address, true), address).toBe('not an IP address');
  });
});
