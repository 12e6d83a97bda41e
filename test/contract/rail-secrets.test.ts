import { describe, expect, it } from 'vitest';
import type { Currency } from '../../lib/kernel/money.ts';
import { SECRET_CACHED_MS, SECRET_REREAD_MS } from '../../lib/rail/authentication.ts';
import { logLines } from '../support/log-lines.ts';
import { hmac, keyOf, pay, Vault } from '../support/rail-secret.ts';
import { givenABank } from './bank-caller.ts';

const token = (letter: string) => ({ bearer: `token-${letter}` });

describe('a secret', () => {
  it('is read once by many calls, and again after a minute', async () => {
    const bank = await givenABank({ accepts: [token('a'), token('b')] });
    const vault = new Vault(token('a'));
    const rail = vault.rail(bank.url);
    await Promise.all(Array.from({ length: 30 }, (_, index) => pay(rail, `p${index}.1`)));
    expect(vault.reads).toBe(1);
    vault.secret = token('b');
    vault.at += SECRET_CACHED_MS - 1;
    await pay(rail, 'q1.1');
    expect(vault.reads).toBe(1);
    vault.at += 1;
    await bank.behave({ accepts: [token('b')] });
    expect(await pay(rail, 'q2.1')).toMatchObject({ kind: 'paid' });
    expect(vault.reads).toBe(2);
  });

  it('that changed is used by the next call after a 401, and read at most each five seconds', async () => {
    const bank = await givenABank({ accepts: [token('a')] });
    const vault = new Vault(token('a'));
    const rail = vault.rail(bank.url);
    await pay(rail, 'p1.1');
    vault.at += SECRET_REREAD_MS;
    await bank.behave({ accepts: [token('b')] });
    vault.secret = token('b');
    expect(await pay(rail, 'p2.1')).toMatchObject({ cause: 'unauthorized' });
    expect(await rail.lookUp('p2.1')).toEqual({ kind: 'not_found' });
    expect(await pay(rail, 'p2.1')).toMatchObject({ kind: 'paid' });
    expect(vault.reads).toBe(2);

    await bank.behave({ accepts: [token('c')] });
    for (let call = 0; call < 20; call += 1) await pay(rail, `q${call}.1`);
    expect(vault.reads).toBe(2);
    vault.at += SECRET_REREAD_MS;
    for (let call = 0; call < 20; call += 1) await pay(rail, `r${call}.1`);
    expect(vault.reads).toBe(3);
  });

  it.each([
    ['cannot be read', new Error('throttled'), 'RAIL_SECRET_UNREADABLE'],
    ['is not valid', { bearer: 'has spaces' }, 'RAIL_SECRET_INVALID'],
  ])('that %s later does not stop calls: the last value stays', async (_, broken, code) => {
    const lines = logLines();
    const bank = await givenABank({ accepts: [token('a')] });
    const vault = new Vault(token('a'));
    const rail = vault.rail(bank.url);
    await pay(rail, 'p1.1');
    vault.secret = broken;
    vault.at += SECRET_CACHED_MS;
    for (const reference of ['p2.1', 'p3.1']) expect(await pay(rail, reference)).toMatchObject({ kind: 'paid' });
    expect(vault.reads).toBe(2);
    expect(lines.all).toEqual([expect.objectContaining({ level: 'error', code, rail: 'bank', secret: 'prod/bank' })]);
  });

  it('that was never valid: nothing goes out, before permission is asked, until it is', async () => {
    const lines = logLines();
    const bank = await givenABank();
    const vault = new Vault('{"bearer": "tok');
    const rail = vault.rail(bank.url);
    let permits = 0;
    const instruction = { reference: 'p1.1', instruction: 'p1', destination: {} };
    const money = { minor: 1n, currency: 'IDR' as Currency };
    const sent = await rail.send({ ...instruction, money }, async () => ++permits > 0);
    expect([sent, permits]).toEqual([{ kind: 'unsent', cause: 'no_credentials' }, 0]);
    expect(await rail.lookUp('p1.1')).toEqual({ kind: 'no_answer' });
    expect(await rail.isHealthy()).toBe(false);
    expect((await bank.request('GET', '/audit')).body).toMatchObject({ arrivals: 0 });
    expect(lines.all).toEqual([expect.objectContaining({ code: 'RAIL_SECRET_INVALID' })]);
    vault.secret = { bearer: 'token-a' };
    vault.at += SECRET_REREAD_MS;
    expect(await pay(rail, 'p1.1')).toMatchObject({ kind: 'paid' });
  });

  it('is read before permission is asked, and the request is signed after it: a wait does not age the signature', async () => {
    const order: string[] = [];
    const bank = await givenABank({ accepts: [hmac('a')] });
    const vault = new Vault(hmac('a'), async () => void order.push('read'));
    vault.at -= 600_000;
    const sent = await vault
      .rail(bank.url)
      .send(
        { reference: 'p1.1', instruction: 'p1', money: { minor: 1n, currency: 'IDR' as Currency }, destination: {} },
        async () => {
          order.push('asked');
          vault.at += 600_000;
          return true;
        },
      );
    expect([sent.kind, order]).toEqual(['paid', ['read', 'asked']]);
  });

  it('is in no log line, if it is invalid or refused', async () => {
    const lines = logLines();
    const secrets = ['hush-token', 'hush-password', keyOf('h'), 'hush-value'];
    const [token = '', password = '', key = '', value = ''] = secrets;
    const bank = await givenABank({ accepts: [hmac('z')] });
    const vault = new Vault(undefined);
    for (const secret of [
      `{"bearer": "${token}"`,
      { bearer: `${token} with a space` },
      { bearer: token, basic: { username: 'u', password } },
      { hmac: { key_id: 'k', secret: key, other: token } },
      { hmac: { key_id: 'k', secret: `${key}!` } },
      { tls: { cert: value, key: value } },
      { header: { name: 'Authorization', value } },
      { ...hmac('h'), bearer: token },
      { basic: { username: 'u', password } },
    ]) {
      vault.secret = secret;
      vault.at += SECRET_CACHED_MS;
      const rail = vault.rail(bank.url);
      await pay(rail, 'p1.1');
      await rail.lookUp('p1.1');
      await rail.isHealthy();
    }
    expect(lines.all.map(({ code }) => code)).toEqual([
      ...Array(7).fill('RAIL_SECRET_INVALID'),
      ...Array(2).fill('RAIL_CREDENTIALS_REFUSED'),
    ]);
    for (const secret of secrets) expect(lines.text()).not.toContain(secret);
  });
});
