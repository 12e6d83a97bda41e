import { readFileSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { expect, it } from 'vitest';
import withoutUploads from '../../../console/headers.json' with { type: 'json' };
import { sharedService } from '../../e2e/shared-service.ts';
import { csvFile, someRows } from '../../support/upload-rows.ts';
import { signedIn, Visit } from './visit.ts';

const service = sharedService();
const opened = signedIn(service);
/** They have more bytes than a request may have, not more rows: other files pay on the same service. */
const ROWS = 2_300;
const SALES = 100;
const WRONG = 1_234;

/** With headings of another program, and one row that is not valid. */
function largeFile(): string {
  const rows = Array.from({ length: ROWS }, (_, index) => {
    const amount = index + 1 === WRONG ? '1.234' : '90071992547.41';
    const sales = Array.from({ length: SALES }, (_, sale) => `sale-of-the-console-${index}-${sale}`).join('|');
    return `u-${index};Shop ${index};${amount};PHP;99${index};BDO;${sales}`;
  });
  return ['Supplier ID;Payee Name;Total;CCY;Account;Bank;Sales', ...rows].join('\n');
}

async function download(link: Locator): Promise<string[]> {
  const { visit, page } = opened;
  const [file] = await Promise.all([page.waitForEvent('download'), visit.press(link)]);
  return readFileSync(await file.path(), 'utf8')
    .trim()
    .split('\n');
}

it('uploads a file beyond one request that is dropped, again after a broken connection, and pays it to its end', async () => {
  const { visit, page } = opened;
  await visit.press(page.getByRole('link', { name: 'New batch' }));
  await visit.heading('New batch');
  await visit.dropFile('large.csv', largeFile());
  await page.getByLabel('Pay the valid rows').focus();
  await page.keyboard.press('Space');
  const upload = page.getByRole('button', { name: `Upload ${ROWS.toLocaleString('en')} payouts` });
  await upload.waitFor();
  await visit.inspect('new-batch-upload');

  // The connection breaks: the page gives the upload up, so that its file cannot arrive late.
  await page.route(`${service.endpoints.aws}/**`, (route) => route.abort());
  await visit.press(upload);
  await page.getByText('Nothing of the file was stored or paid. Send it again.').waitFor();
  await page.unroute(`${service.endpoints.aws}/**`);

  await visit.press(upload);
  await page.waitForURL(/\/uploads\/upl_/, { timeout: 30_000 });
  // The upload and its batch.
  await expect.poll(() => page.getByText('✓completed').count(), { timeout: 120_000 }).toBe(2);
  const id = `${page.url().split('/').at(-1)}`;
  const { stored, rejected, counts } = await service.client.uploads.get(id);
  expect([stored, rejected, counts.completed]).toEqual([ROWS - 1, 1, ROWS - 1]);
  await page.getByRole('row', { name: `${WRONG} amount has more than the 2 decimals of PHP` }).waitFor();
  await visit.inspect('upload');
  const rows = await download(page.getByRole('button', { name: 'Save all 1' }));
  expect(rows.slice(1)).toEqual([expect.stringMatching(new RegExp(`^${WRONG},.*1\\.234`))]);

  await visit.press(page.getByRole('button', { name: 'Report', exact: true }));
  await visit.press(page.getByRole('dialog').locator('[type=submit]'));
  await page.getByRole('button', { name: 'New report' }).waitFor({ timeout: 60_000 });
  expect(await download(page.getByRole('link', { name: 'Download the report' }))).toHaveLength(ROWS);
  await visit.press(page.getByRole('link', { name: `${id}-0001` }));
  await visit.heading(`${id}-0001`);
}, 240_000);

it('shows the command in place of the upload in a stage that allows none, and takes files of one request as before', async () => {
  const visit = await Visit.begin(opened.browser, service);
  const { page } = visit;
  await page.route(`${service.endpoints.api}/console/**`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), ...withoutUploads } });
  });
  await visit.signIn(service.endpoints.apiKey);
  await visit.open('/batches/new', 'New batch');
  await visit.dropFile('large.csv', largeFile());
  await page.getByText('npx sluice batches upload large.csv').waitFor();
  expect(await page.getByRole('button', { name: /^(Upload|Dry run)/ }).count()).toBe(0);
  await visit.inspect('new-batch-no-upload');

  await visit.dropFile('small.csv', csvFile(someRows(3)));
  await visit.press(page.getByRole('button', { name: 'Dry run' }));
  await page.getByRole('button', { name: 'Create the batch of 3 payouts' }).waitFor();
  await visit.end();
});

/** Its batches wait for a person. */
async function storedUpload(): Promise<string> {
  const { uploads } = service.client;
  const { upload_id, upload_url } = await uploads.create({ format: 'csv', auto_start: false });
  expect((await fetch(upload_url, { method: 'PUT', body: csvFile(someRows(3)) })).status).toBe(200);
  await uploads.waitFor(upload_id, {}, ({ status }) => status === 'created');
  return upload_id;
}

it('starts an upload that it finds by its id, and cancels another one', async () => {
  const { visit, page } = opened;
  const [first, second] = [await storedUpload(), await storedUpload()];
  await visit.search();
  await page.keyboard.type(first);
  await page.getByRole('option', { name: 'Upload' }).waitFor();
  await page.keyboard.press('Enter');
  await visit.heading(first);
  await visit.press(page.getByRole('button', { name: 'Start', exact: true }));
  await visit.confirm(`npx sluice batches start ${first}`);
  await page.getByText('✓completed').first().waitFor({ timeout: 30_000 });

  await visit.open(`/uploads/${second}`, second);
  await visit.press(page.getByRole('button', { name: 'Cancel' }));
  await visit.enter(page.getByRole('dialog').getByLabel('Reason'), 'wrong month');
  await page.keyboard.press('Enter');
  await page.getByText('⊘cancelled').first().waitFor({ timeout: 30_000 });
});
