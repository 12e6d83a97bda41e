import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { sharedService } from '../../e2e/shared-service.ts';
import { signedIn } from './visit.ts';

const service = sharedService();
const opened = signedIn(service);

/** No other file that shares the service has sales in these days. */
const [FROM, TO] = ['2025-02-01', '2025-02-02'];
const MERCHANTS = ['bakery', 'florist'];
const sale = (merchant: string, day: string, index: number) => ({
  id: `console-${merchant}-${day}-${index}`,
  merchant_id: merchant,
  amount_cents: 1_250_000 + index,
  fee_cents: 100,
  status: 'PAID' as const,
  paid_at: `${day}T23:59:59.999Z`,
});

beforeAll(() =>
  service.client.transactions.store(
    MERCHANTS.flatMap((merchant) =>
      [FROM, TO].flatMap((day) => [1, 2, 3].map((index) => sale(merchant, `${day}`, index))),
    ),
  ),
);

it('settles a range of days by the keyboard alone, and downloads the file', async () => {
  const { visit, page } = opened;
  await visit.press(page.getByRole('link', { name: 'Settlement', exact: true }));
  await visit.heading('Settlement');
  const settle = page.getByRole('button', { name: 'Settle', exact: true });
  await visit.press(settle);
  await page.keyboard.press('Escape');
  await settle.and(page.locator(':focus')).waitFor();
  await visit.press(settle);
  const dialog = page.getByRole('dialog');
  // Fields of dates take the digits in the order of the locale.
  await visit.enter(dialog.getByLabel('First day'), '02012025');
  await visit.enter(dialog.getByLabel('Last day'), '02022025');
  await visit.confirm(`npx sluice settle run --from ${FROM} --to ${TO}`);
  await visit.press(dialog.getByRole('link', { name: 'watch it' }));
  await visit.heading(`Settlement of ${FROM} to ${TO}`);
  await page.getByText('✓completed').waitFor({ timeout: 30_000 });
  const row = page.getByRole('row', { name: `${FROM} bakery 3,749,706` });
  await row.waitFor();
  await visit.inspect('job');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    visit.press(page.getByRole('link', { name: /^job_.*\.csv$/ })),
  ]);
  const id = `${page.url().split('/').at(-1)}`;
  expect(readFileSync(await file.path(), 'utf8')).toContain(`bakery,${FROM},3750006,300,3749706,3,`);
  expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0);
  await visit.open('/settlement', 'Settlement');
  await page.getByRole('row').filter({ hasText: id }).filter({ hasText: '100 %' }).waitFor();
  await visit.inspect('settlement');
});

it('finds a job by its id, and shows the days of one merchant', async () => {
  const { visit, page } = opened;
  const [job] = await service.client.jobs.list({ limit: 1 }).all();
  await visit.search();
  await page.keyboard.type(`${job?.job_id}`);
  await page.getByRole('option', { name: 'Settlement' }).waitFor();
  await page.keyboard.press('Enter');
  await visit.heading(`Settlement of ${FROM} to ${TO}`);
  await visit.press(page.getByRole('link', { name: 'florist' }).first());
  await visit.heading('Merchant florist');
  const rows = page.getByRole('region', { name: 'Settlements by day' }).getByRole('row');
  await expect.poll(() => rows.count()).toBe(3);
  await visit.enter(page.getByLabel('Merchant'), 'bakery');
  await page.getByLabel('To, included').fill(`${FROM}`);
  await visit.press(page.getByRole('button', { name: 'Show' }));
  await visit.heading('Merchant bakery');
  await expect.poll(() => rows.count()).toBe(2);
  await visit.inspect('merchant');
});

it('cancels a job that runs', async () => {
  const { visit, page } = opened;
  // Others run at the same time, so that it does not end before it is cancelled.
  const others = [2021, 2022, 2023, 2024].flatMap((year) => [
    { from: `${year}-01-01`, to: `${year}-03-31` },
    { from: `${year}-07-01`, to: `${year}-09-30` },
  ]);
  await Promise.all(others.map((range) => service.client.jobs.create(range)));
  const { job_id } = await service.client.jobs.create({ from: '2025-03-01', to: '2025-05-31' });
  await visit.open(`/settlement/${job_id}`, 'Settlement of 2025-03-01 to 2025-05-31');
  // With the mouse: the end of the job takes the button away.
  await page.getByRole('button', { name: 'Cancel' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('wrong quarter');
  await dialog.getByText(`npx sluice settle cancel ${job_id} --reason 'wrong quarter'`).waitFor();
  await dialog.locator('[type=submit]').click();
  await page.getByText('⊘cancelled').waitFor({ timeout: 30_000 });
  await page
    .getByText(/: wrong quarter$/)
    .first()
    .waitFor();
  await page.getByText('There is no file yet.').waitFor();
});

it('shows the rows that an import has rejected', async () => {
  const { visit, page } = opened;
  const { imports } = service.client;
  const created = await imports.create({ format: 'jsonl' });
  const rows = [{ ...sale('bakery', `${FROM}`, 1) }, { ...sale('bakery', `${FROM}`, 9), status: 'LOST' }];
  await imports.upload(created, rows.map((row) => JSON.stringify(row)).join('\n'));
  await visit.search();
  await page.keyboard.type(created.import_id);
  await page.getByRole('option', { name: 'Import' }).waitFor();
  await page.keyboard.press('Enter');
  await visit.heading(created.import_id);
  await page.getByText('✓completed').waitFor({ timeout: 30_000 });
  await visit.inspect('import');
  const [report] = await Promise.all([
    page.waitForEvent('download'),
    visit.press(page.getByRole('link', { name: '1', exact: true })),
  ]);
  expect(readFileSync(await report.path(), 'utf8')).toMatch(/^2,.*status/m);
});
