import { afterAll, beforeAll, expect, it } from 'vitest';
import { sharedService } from '../../e2e/shared-service.ts';
import { ScriptedServer } from '../../support/http-server.ts';
import { signedIn } from './visit.ts';

const opened = signedIn(sharedService());
let receiver: ScriptedServer;

beforeAll(async () => {
  receiver = await ScriptedServer.answering({ status: 500, body: 'the database is down' }, { status: 204 });
});
afterAll(() => receiver?.close());

const button = (name: string) => opened.page.getByRole('button', { name, exact: true });

/** Opens the dialog of a button, and sends its request. */
async function confirm(name: string): Promise<void> {
  const { visit, page } = opened;
  await visit.press(button(name));
  await visit.press(page.getByRole('dialog').locator('[type=submit]'));
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  // A closed dialog gives the focus back 10 ms later.
  await page.evaluate('new Promise((done) => setTimeout(done, 50))');
}
const field = (name: string) => opened.page.getByRole('dialog').getByLabel(name);

it('makes an endpoint, whose secret is shown once', async () => {
  const { visit, page } = opened;
  await visit.press(page.getByRole('link', { name: 'Webhooks' }));
  await visit.heading('Webhooks');
  await visit.press(button('New endpoint'));
  await visit.enter(field('URL'), receiver.url);
  await visit.enter(field('Events'), 'webhook_endpoint.test');
  await page.keyboard.press('Enter');
  const secret = page.getByText(/^whsec_/);
  await secret.waitFor();
  await visit.press(button('Close'));
  await secret.waitFor({ state: 'detached' });
  await visit.inspect('webhooks');
  await visit.press(page.getByRole('link', { name: receiver.url }));
  await visit.heading(receiver.url);
  expect(await page.getByText(/whsec_/).count()).toBe(0);
});

it('shows what a receiver has answered, and sends a delivery again', async () => {
  const { visit, page } = opened;
  await confirm('Test');
  await visit.press(page.getByRole('link', { name: 'webhook_endpoint.test' }));
  await visit.heading('webhook_endpoint.test');
  await page.getByText(/^Answered 500 after/).waitFor();
  await page.getByText('the database is down').waitFor();
  // A pending delivery is sent again by itself.
  expect(await button('Send again').count()).toBe(0);
  await page.getByText('✓delivered').waitFor({ timeout: 30_000 });
  await confirm('Send again');
  await page
    .getByText(/^Answered 204 after/)
    .nth(1)
    .waitFor({ timeout: 20_000 });
  await visit.inspect('delivery');
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
});

it('disables an endpoint, enables it, and finds deliveries by their status', async () => {
  const { visit, page } = opened;
  await visit.press(page.getByRole('link', { name: /^webhook_/ }));
  await visit.heading(receiver.url);
  await confirm('Disable');
  await page.getByText('⊘disabled').waitFor();
  await confirm('Enable');
  await page.getByText('✓enabled').waitFor();
  await page.goto(`${page.url().split('?')[0]}?status=failed`);
  await page.getByText('There is none.').waitFor();
  await page.goto(`${page.url().split('?')[0]}?status=delivered`);
  await page.getByRole('link', { name: 'webhook_endpoint.test' }).waitFor();
  await visit.inspect('webhook');
});

it('deletes an endpoint, and leaves its screen', async () => {
  const { visit, page } = opened;
  await visit.press(button('Delete'));
  await visit.press(page.getByRole('dialog').locator('[type=submit]'));
  await visit.heading('Webhooks');
  await expect.poll(() => page.getByRole('link', { name: receiver.url }).count()).toBe(0);
});
