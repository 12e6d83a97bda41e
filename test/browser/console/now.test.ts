import { afterAll, beforeAll, expect, it } from 'vitest';
import { aNotification, signedHeaders } from '../../support/notifications.ts';
import { Service, vendorBatch } from '../../support/service.ts';
import { signedIn } from './visit.ts';

/** Its own: these tests change the bank's mode. */
const service = new Service();
/** Short pauses: the circuit closes soon after the bank is back. */
beforeAll(() => service.start({ PAYOUT_RETRY_MAX_DELAY_MS: '2000' }), 180_000);
afterAll(() => service.stop());
const opened = signedIn(service);

const region = (name: string) => opened.page.getByRole('region', { name, exact: true });
/** More than the failures after which a circuit opens. */
const SIZE = 120;

it('counts what was paid in the last hour, in a chart and in numbers', async () => {
  const { visit, page } = opened;
  await visit.open('/now', 'Now');
  await page.getByRole('img', { name: /0 completed, 0 failed$/ }).waitFor();
  await region('Circuits to the rails').getByText('closed').nth(2).waitFor();
  await service.post('/batches', vendorBatch(SIZE, 'paid'));
  await page.getByRole('img', { name: new RegExp(`${SIZE} completed, 0 failed$`) }).waitFor({ timeout: 30_000 });
  await visit.press(region('The last hour').getByRole('link', { name: `${SIZE}` }));
  await visit.heading('Batches');
});

it('shows that the circuit to the bank is open, what is unknown and what waits, until the bank answers', async () => {
  const { visit, page } = opened;
  await service.setBank({ mode: '500', lookups: 'down' });
  await service.post('/batches', vendorBatch(SIZE, 'unanswered'));
  await visit.open('/now', 'Now');
  const circuits = region('Circuits to the rails');
  await circuits.getByText(/open after \d+ sends without an answer, opened/).waitFor({ timeout: 30_000 });
  await page.getByRole('link', { name: 'unanswered', exact: true }).waitFor();
  const attention = region('Needs attention');
  await attention.getByRole('link', { name: /^[5-9]\d$|^1[0-2]\d$/ }).waitFor();
  await visit.inspect('now');
  await visit.press(attention.getByRole('link', { name: /ago$/ }));
  await page.getByText(/no known outcome/).waitFor();
  await service.setBank({ mode: 'happy', lookups: 'ok' });
  await visit.open('/now', 'Now');
  await circuits.getByText('closed').nth(2).waitFor({ timeout: 60_000 });
  await page.getByRole('img', { name: new RegExp(`${2 * SIZE} completed`) }).waitFor({ timeout: 90_000 });
  expect(await page.getByText('Nothing moves.').isVisible()).toBe(true);
});

it('counts the notifications of the bank that fit no payout, and redrives one', async () => {
  const { visit, page } = opened;
  const [notice, secret] = [aNotification({ reference: 'strange.0001.000001.1' }), service.endpoints.bankSecret ?? ''];
  await service.post('/rail/notifications', notice, signedHeaders(notice, { secret }));
  await visit.open('/now', 'Now');
  await visit.press(region('Dead letters of other domains').getByRole('link', { name: '1' }));
  await visit.heading('Notifications of the bank');
  await page.getByText('unknown reference').waitFor();
  await visit.inspect('notifications');
  await visit.press(page.getByRole('button', { name: 'Redrive' }));
  await visit.confirm('redrive --notification RETURN-1');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('cell', { name: 'dead letter' }).waitFor();
});
