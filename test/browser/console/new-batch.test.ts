import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { toJson } from '../../../client/index.ts';
import { launchBrowser } from '../../../scripts/chromium.ts';
import { sharedService } from '../../e2e/shared-service.ts';
import { Visit } from './visit.ts';

/** Only batches in it meet the rule, so other files that share the service create theirs as usual. */
const CURRENCY = 'SGD';
const PAYOUTS = 120;
const service = sharedService();
let browser: Browser;
let maker: Visit;
let checker: Visit;
let approverKey = '';

beforeAll(async () => {
  const { client } = service;
  const rule = { kind: 'batch', currency: CURRENCY, total_from_minor: '100', lapses_after_hours: 12 } as const;
  await client.approvalRules.replace({ rules: [rule] });
  const scopes = ['payouts:approve', 'payouts:read'] as const;
  const { secret = '' } = await client.keys.create({
    name: 'approver',
    person: 'ben@example.com',
    scopes: [...scopes],
  });
  approverKey = secret;
  browser = await launchBrowser();
  [maker, checker] = await Promise.all([Visit.begin(browser, service), Visit.begin(browser, service)]);
  await Promise.all([maker.signIn(service.endpoints.apiKey), checker.signIn(approverKey)]);
  // Processes keep rules for ten seconds.
  const probe = { payouts: rows(1).map((row) => ({ ...row, amount: 10 })) };
  await vi.waitFor(async () => expect((await client.batches.dryRun(probe)).approval).not.toBeNull(), 20_000);
}, 180_000);
afterAll(async () => {
  await maker?.end();
  await checker?.end();
  await browser?.close();
});

const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    vendor_id: `sg-${index}`,
    vendor_name: `Shop ${index}`,
    amount: index === 0 ? '90071992547409.91' : `${10 + index}.50`,
    currency: CURRENCY,
    bank_account: `98765432${index}`,
    bank_name: 'DBS',
  }));

/** With headings of another program. */
const csvOf = (payouts: readonly object[], heading = 'Supplier ID;Payee Name;Total;CCY;IBAN;Bank') =>
  [heading, ...payouts.map((payout) => Object.values(payout).join(';'))].join('\n');

/** The button opens the dialog of the system, which only the test can answer. */
async function chooseFile({ page, press }: { page: Page; press: () => Promise<void> }, name: string, text: string) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press()]);
  await chooser.setFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByText(`${name}: `).waitFor();
}

const inMaker = () => ({
  page: maker.page,
  press: () => maker.press(maker.page.getByRole('button', { name: 'Choose a file' })),
});

it('shows the rows that the service would reject, each with its reason', async () => {
  const { page } = maker;
  const [first, second, third, ...others] = rows(5).slice(1);
  const broken = [first, { ...second, amount: '1.234' }, { ...third, currency: 'XXX' }, ...others];
  await maker.press(page.getByRole('link', { name: 'New batch' }));
  await maker.heading('New batch');
  await chooseFile(inMaker(), 'broken.csv', csvOf(broken.map((each) => ({ ...each }))));
  expect(await page.getByLabel('bank_account').inputValue()).toBe('IBAN');
  await maker.press(page.getByRole('button', { name: 'Dry run' }));
  const reasons = page.getByRole('region', { name: 'Reasons to refuse the request' });
  await reasons.getByRole('row', { name: '2 amount has more than the 2 decimals of SGD' }).waitFor();
  await reasons.getByRole('row', { name: '3 currency' }).waitFor();
  expect(await page.getByRole('button', { name: /^Create the batch/ }).count()).toBe(0);
});

it('pays a file by the keyboard alone: columns, dry run, submission, approval of another person, end', async () => {
  const { page } = maker;
  await chooseFile(inMaker(), 'singapore.csv', csvOf(rows(PAYOUTS)));
  expect(await page.getByLabel('Batch id').inputValue()).toBe('singapore');
  await maker.press(page.getByRole('button', { name: 'Dry run' }));
  const create = page.getByRole('button', { name: `Create the batch of ${PAYOUTS} payouts` });
  await create.waitFor();
  await page.getByText('1 other person within 12 h').waitFor();
  await maker.inspect('new-batch');
  await maker.press(create);
  await maker.heading('singapore');
  const { approval_id: id, totals } = await service.client.batches.get('singapore');
  // 90,071,992,547,409.91 is beyond what a float holds with its cents.
  expect(totals).toEqual([expect.objectContaining({ amount_minor: 9_007_199_255_579_941n })]);

  await maker.open(`/approvals/${id}`, 'Pay batch singapore');
  await page.getByText('another person has to decide').waitFor();
  expect(await page.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0);
  await maker.open('/batches/singapore', 'singapore');

  await approve('Pay batch singapore');
  await page.getByText('✓completed').first().waitFor({ timeout: 40_000 });
  const { body } = await service.get('/batches/singapore/payouts?limit=1');
  expect(body.payouts[0]).toMatchObject({ amount_minor: 9_007_199_254_740_991, status: 'completed' });
});

/** In the browser of another person. The amount has to be typed. */
async function approve(title: string): Promise<void> {
  const { page } = checker;
  expect(await page.getByRole('link', { name: 'New batch' }).count()).toBe(0);
  await checker.press(page.getByRole('link', { name: 'Approvals' }));
  await checker.press(page.getByRole('link', { name: title }));
  await checker.heading(title);
  await checker.inspect('approval');
  await checker.press(page.getByRole('button', { name: 'Approve', exact: true }));
  const dialog = page.getByRole('dialog');
  await checker.enter(dialog.getByLabel('Reason'), 'as ordered');
  const amount = dialog.getByLabel('to confirm');
  await checker.enter(amount, '12.00');
  await page.keyboard.press('Enter');
  expect(await dialog.locator('input:invalid').count()).toBe(1);
  await checker.enter(amount, '90071992555799.41');
  await page.keyboard.press('Enter');
  await page.getByText('ben@example.com approved').waitFor();
}

it('pays Pix keys of a JSON file that is dropped, with all digits of its numbers', async () => {
  const { page } = maker;
  const items = Array.from({ length: 3 }, (_, index) => ({
    ...{ external_id: `console-pix-${index}`, user_id: `u-${index}`, pix_key: `u${index}@example.com` },
    amount_cents: 9_007_199_254_740_991n - BigInt(index),
  }));
  await maker.open('/batches/new', 'New batch');
  await maker.dropFile('pix.json', toJson({ items }));
  expect(await page.getByLabel('Destination').inputValue()).toBe('items');
  await maker.press(page.getByRole('button', { name: 'Dry run' }));
  await maker.press(page.getByRole('button', { name: 'Create the batch of 3 payouts' }));
  await maker.heading('pix');
  await page.getByText('100 % of 3 payouts ended').waitFor({ timeout: 30_000 });
  const { totals } = await service.client.batches.get('pix');
  expect(totals).toEqual([expect.objectContaining({ currency: 'BRL', amount_minor: 27_021_597_764_222_970n })]);
});

it('shows what new rules change before they are sent, and to the person who rejects them', async () => {
  const { page } = maker;
  await maker.press(page.getByRole('link', { name: 'Keys' }));
  await maker.press(page.getByRole('link', { name: 'Change the rules' }));
  await maker.heading('Approval rules');
  const rule = (number: number) => page.getByRole('region', { name: `Rule ${number}`, exact: true });
  expect(await rule(1).getByLabel('All payments from').inputValue()).toBe('1.00');
  await maker.enter(rule(1).getByLabel('All payments from'), '2.505');
  await page.getByText('An amount is not valid.').waitFor();
  await maker.enter(rule(1).getByLabel('All payments from'), '2.50');
  await maker.press(page.getByRole('button', { name: 'Add a rule' }));
  await rule(2).getByLabel('For').selectOption('Withdrawals');
  await rule(2).getByLabel('Only with a payee').press('Space');
  await expectChanges(maker);
  await maker.inspect('rules');
  await maker.press(page.getByRole('button', { name: 'Replace the rules' }));
  await maker.press(page.getByRole('dialog').locator('[type=submit]'));
  await maker.press(page.getByRole('link', { name: 'the approval' }));
  await maker.heading('Change the approval rules');
  await rejectRules();
  await page.getByText('✕rejected').waitFor();
  expect((await service.client.approvalRules.get()).rules).toHaveLength(1);
});

/** Of the table of differences. */
async function expectChanges({ page }: Visit): Promise<void> {
  const inTable = (name: RegExp) => page.getByRole('region', { name: 'Before and after' }).getByRole('row', { name });
  await inTable(/at least SGD\s1\.00.*removed/).waitFor();
  await inTable(/at least SGD\s2\.50.*added/).waitFor();
  await inTable(/^withdrawal, to a payee.*added/).waitFor();
}

/** The approver lacks the scope admin, and sees the rules before the change nevertheless. */
async function rejectRules(): Promise<void> {
  const { page } = checker;
  await checker.open('/approvals', 'Approvals');
  await checker.press(page.getByRole('link', { name: 'Change the approval rules' }));
  await checker.heading('Change the approval rules');
  await expectChanges(checker);
  await checker.press(page.getByRole('button', { name: 'Reject', exact: true }));
  await checker.enter(page.getByRole('dialog').getByLabel('Reason'), 'not agreed');
  await page.keyboard.press('Enter');
  await page.getByText('ben@example.com rejected').waitFor();
}
