import { describe, expect, it } from 'vitest';
import { unwrap, WebhookVerificationError } from '../../client/index.ts';
import { signedHeaders } from '../../lib/kernel/signature.ts';

const NOW = 1_700_000_000_000;
const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const [OURS, OLD, OTHERS] = [secretOf(1), secretOf(2), secretOf(3)];
const EVENT = {
  ...{ specversion: '1.0', id: 'e-1', source: '/sluice/wallets', type: 'wallet.opened', subject: 'ana' },
  ...{ time: '2026-11-22T06:00:00.000Z', datacontenttype: 'application/json' },
  data: { user_id: 'ana', currency: 'IDR' },
};
const BODY = JSON.stringify(EVENT);

const headersOf = (secrets: readonly string[] = [OURS], body = BODY, now = NOW) =>
  signedHeaders(secrets, { id: 'msg_1', now, body });
const at = (seconds: number) => ({ now: NOW + seconds * 1_000 });
const SIGNED = headersOf();

describe('unwrap returns the event', () => {
  const upper = Object.fromEntries(Object.entries(SIGNED).map(([name, value]) => [name.toUpperCase(), value]));
  it.each([
    ['of a string', BODY, SIGNED, OURS, 0],
    ['of bytes', Buffer.from(BODY), SIGNED, OURS, 0],
    ['with Headers', BODY, new Headers(SIGNED), OURS, 0],
    ['with names in capitals', BODY, upper, OURS, 0],
    ['with lists of one value', BODY, { ...SIGNED, 'webhook-id': ['msg_1'] }, OURS, 0],
    ['if one of several signatures fits', BODY, headersOf([OTHERS, OURS]), OURS, 0],
    ['if one of several secrets fits', BODY, SIGNED, [OLD, OURS], 0],
    [
      'beside signatures of other versions and such as are no base64',
      BODY,
      { ...SIGNED, 'webhook-signature': `v1a,AA v1,!! v1,AA== ${SIGNED['webhook-signature']}` },
      OURS,
      0,
    ],
    ['five minutes after it was signed', BODY, SIGNED, OURS, 300],
    ['five minutes before', BODY, SIGNED, OURS, -300],
  ] as const)('%s', async (_, body, headers, secret, seconds) => {
    expect(await unwrap(body, headers, secret, at(seconds))).toEqual(EVENT);
  });

  it('with all digits of large numbers', async () => {
    const body = '{"type":"later.added","data":{"n":90071992547409931}}';
    const event = await unwrap(body, headersOf([OURS], body), OURS, at(0));
    expect(event.data).toEqual({ n: 90071992547409931n });
  });
});

describe('unwrap refuses', () => {
  const without = (name: string) => Object.fromEntries(Object.entries(SIGNED).filter(([each]) => each !== name));
  const fits = /^No signature fits/;
  it.each([
    ['a changed body', BODY.replace('ana', 'bob'), SIGNED, OURS, 0, fits],
    ['the secret of another endpoint', BODY, SIGNED, OTHERS, 0, fits],
    ['another id', BODY, { ...SIGNED, 'webhook-id': 'msg_2' }, OURS, 0, fits],
    ['another time', BODY, { ...SIGNED, 'webhook-timestamp': `${NOW / 1_000 + 1}` }, OURS, 0, fits],
    ['a signature that is cut', BODY, { ...SIGNED, 'webhook-signature': 'v1,' }, OURS, 0, fits],
    ['an old message', BODY, SIGNED, OURS, 301, /was signed 301 s ago/],
    ['a message of the future', BODY, SIGNED, OURS, -301, /is signed for a time in 301 s/],
    ['a time that is none', BODY, { ...SIGNED, 'webhook-timestamp': '1e9' }, OURS, 0, /not a time in seconds/],
    ['a header that comes twice', BODY, { ...SIGNED, 'webhook-id': ['a', 'b'] }, OURS, 0, /no header webhook-id/],
    ...Object.keys(SIGNED).map(
      (name) => [`no ${name}`, BODY, without(name), OURS, 0, new RegExp(`no header ${name}`)] as const,
    ),
  ] as const)('%s', async (_, body, headers, secret, seconds, message) => {
    const refused = unwrap(body, headers, secret, at(seconds));
    await expect(refused).rejects.toThrow(WebhookVerificationError);
    await expect(refused).rejects.toThrow(message);
  });

  it.each(['no JSON', '"text"', '{"type":"x"}'])('%s although it is signed', async (body) => {
    await expect(unwrap(body, headersOf([OURS], body), OURS, at(0))).rejects.toThrow(/not an event/);
  });

  it.each([
    ['a secret without its prefix', BODY, OURS.slice(6), 'A secret begins with whsec_'],
    ['a secret that is no base64', BODY, 'whsec_!', 'A secret begins with whsec_'],
    ['an empty secret', BODY, 'whsec_', 'A secret begins with whsec_'],
    ['no secret', BODY, [], 'There is no secret'],
    ['an unset secret', BODY, undefined as never, 'A secret begins with whsec_'],
    ['a parsed body', EVENT as never, OURS, 'Give the body as it was received'],
  ])('%s as a mistake of its caller, and shows no secret', async (_, body, secret, message) => {
    const refused = unwrap(body, SIGNED, secret, at(0));
    await expect(refused).rejects.toThrow(TypeError);
    await expect(refused).rejects.toThrow(message);
  });
});
