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
  await visit.enter(dialog.getByLabel('Name'), 'payroll');
  await visit.enter(dialog.getByLabel('Person'), 'ana@example.com');
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
  await visit.enter(page.getByLabel('Subject'), key?.key_id ?? '');
  await page.keyboard.press('Enter');
  await page.waitForURL(/subject=key_/);
  // The rows of the list before it are shown until its own are read.
  await expect.poll(() => page.getByRole('row').count(), { timeout: 10_000 }).toBe(2);
  await page.getByRole('row').filter({ hasText: 'key.created' }).waitFor();
  await visit.inspect('audit');
});
