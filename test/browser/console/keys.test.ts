import { expect, it } from 'vitest';
import { sharedService } from '../../e2e/shared-service.ts';
import { signedIn } from './visit.ts';

const service = sharedService();
const opened = signedIn(service);

it('makes a key whose secret is shown once, and finds its creation in the audit log', async () => {
  const { visit, page } = opened;
  await visit.press(page.getByRole('link', { name: 'Keys' }));
  await visit.heading('Keys');
  await visit.press(page.getByRole('button', { name: 'New key' }));
  const dialog = page.getByRole('dialog');
  await visit.enter(dialog.getByLabel('Person'), 'ana@example.com');
  await visit.enter(dialog.getByLabel('Name'), 'payroll');
  await visit.enter(dialog.getByLabel('Scopes'), 'payouts:read');
  await page.keyboard.press('Enter');
  const secret = await dialog.getByText(/^sk_test_/).innerText();
  await visit.press(dialog.getByRole('button', { name: 'Close' }));
  const row = page.getByRole('row').filter({ hasText: 'ana@example.com' });
  await row.getByText('✓active').waitFor();
  expect(await page.content()).not.toContain(secret);
  await page
    .getByRole('region', { name: 'Approval rules' })
    .getByText(/holds|version/i)
    .first()
    .waitFor();
  await visit.inspect('keys');
  const [key] = (await service.client.keys.list({ limit: 10 }).all()).filter(({ name }) => name === 'payroll');

  await visit.press(page.getByRole('link', { name: 'Audit log' }));
  await visit.heading('Audit log');
  const chain = page.getByRole('region', { name: 'Sealed chain' });
  await chain.getByText(/events in \d+ blocks|not run yet/).waitFor();
  await visit.enter(page.getByLabel('Subject'), key?.key_id ?? '');
  await page.keyboard.press('Enter');
  await page.waitForURL(/subject=key_/);
  // The rows of the list before it are shown until its own are read.
  await expect.poll(() => page.getByRole('row').count(), { timeout: 10_000 }).toBe(2);
  await page.getByRole('row').filter({ hasText: 'key.created' }).waitFor();
  await visit.inspect('audit');
});

it('changes what a key may do, and what is not changed stays', async () => {
  const { visit, page } = opened;
  const expires_at = new Date(Date.now() + 86_400_123).toISOString();
  const { key_id } = await service.client.keys.create({
    ...{ name: 'payouts', person: 'eve@example.com', scopes: ['payouts:read', 'payouts:write'], expires_at },
    limits: { requests_per_second: 20, max_per_day: { IDR: 5_000_000, ETH: '1000000000000000000000' } },
  });
  await visit.open('/keys', 'Keys');
  const row = page.getByRole('row').filter({ hasText: 'eve@example.com' });
  await visit.press(row.getByRole('button', { name: 'Change' }));
  const dialog = page.getByRole('dialog');
  await visit.enter(dialog.getByLabel('Scopes'), 'payouts:read');
  await visit.enter(dialog.getByLabel('Requests per second'), '5');
  const limits = '--rate 5 --max-per-day ETH=1000000000000000000000 --max-per-day IDR=5000000';
  const options = `--name payouts --scopes payouts:read ${limits} --expires ${expires_at}`;
  await visit.confirm(`npx sluice keys change ${key_id} --no-limits ${options}`);
  await dialog.getByText('It holds within 60 s.').waitFor();
  await visit.press(dialog.getByRole('button', { name: 'Close' }));
  expect(await service.client.keys.get(key_id)).toMatchObject({
    ...{ name: 'payouts', scopes: ['payouts:read'], expires_at },
    limits: { requests_per_second: 5, max_per_day: { IDR: 5_000_000, ETH: '1000000000000000000000' } },
  });
});

it('rotates a key, whose old secret ends at once, and revokes it', async () => {
  const { visit, page } = opened;
  const { secret: old = '' } = await service.client.keys.create({
    ...{ name: 'reports', person: 'dan@example.com', scopes: ['payouts:read'] },
  });
  await visit.open('/keys', 'Keys');
  const row = page.getByRole('row').filter({ hasText: 'dan@example.com' });
  await visit.press(row.getByRole('button', { name: 'Rotate' }));
  const dialog = page.getByRole('dialog');
  await visit.enter(dialog.getByLabel('Seconds'), '0');
  await page.keyboard.press('Enter');
  const secret = await dialog.getByText(/^sk_test_/).innerText();
  await visit.press(dialog.getByRole('button', { name: 'Close' }));
  const statusWith = async (apiKey: string) => (await service.get('/keys/self', { 'X-API-Key': apiKey })).status;
  expect([await statusWith(secret), await statusWith(old)]).toEqual([200, 401]);
  await visit.press(row.getByRole('button', { name: 'Revoke' }));
  await visit.press(dialog.locator('[type=submit]'));
  await row.getByText('⊘revoked').waitFor();
  expect(await row.getByRole('button').count()).toBe(0);
});
