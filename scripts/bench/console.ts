/** A person who watches a large batch for minutes: how fast the page reacts, what it keeps in memory, and what it reads. */

import { setTimeout } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import { launchBrowser } from '../chromium.ts';
import { clientOf, type Endpoints } from '../endpoints.ts';
import { median } from './measure.ts';
import { atMost, line } from './report.ts';

const PAYOUTS = 15_000;
/** A round of interactions, then a pause in which the page only polls. */
const PAUSE_MS = 15_000;
const BATCH = 'bench-console';

export const CONSOLE_NOTES = `
console   one page of a batch of ${PAYOUTS.toLocaleString('en')} payouts in headless Chromium, while they are paid. Each round filters by status, turns pages, scrolls
          the list, selects chunks and opens the search, with keys and clicks. "ms": from the input until the browser has painted the result (Event
          Timing); "script": what of it the page's listeners take, with the rendering that they cause. "heap": after a collection of garbage, in the first minute and at the end. The browser and the service share the cores`;

/** One input of the person, in milliseconds. */
type Interaction = {
  readonly kind: string;
  /** From the input until the browser has painted the result. */
  readonly wholeMs: number;
  /** The listeners of the page, with the rendering that they cause. */
  readonly scriptMs: number;
};

export type ConsoleMeasured = {
  readonly minutes: number;
  readonly interactions: readonly Interaction[];
  readonly heapMb: readonly number[];
  readonly requestsPerMinute: number;
};

export async function measureConsole(at: Endpoints, minutes: number): Promise<ConsoleMeasured> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1_280, height: 860 } });
    await watchInteractions(page);
    await signIn(page, at);
    await createBatch(at);
    await page.goto(`${at.api}/console/batches/${BATCH}`);
    await page.getByRole('heading', { name: BATCH }).waitFor();
    let requests = 0;
    page.on('request', (request) => {
      if (new URL(request.url()).origin === at.api) requests += 1;
    });
    const devTools = await page.context().newCDPSession(page);
    const heapMb: number[] = [];
    const began = performance.now();
    const elapsed = () => (performance.now() - began) / 60_000;
    do {
      await interact(page);
      await setTimeout(PAUSE_MS);
      if (elapsed() >= heapMb.length) heapMb.push(await heapOf(devTools));
    } while (elapsed() < minutes);
    heapMb.push(await heapOf(devTools));
    return {
      minutes: elapsed(),
      interactions: (await page.evaluate('globalThis.interactions')) as Interaction[],
      heapMb,
      requestsPerMinute: requests / elapsed(),
    };
  } finally {
    await browser.close();
  }
}

/** The events of an interaction have one id; the longest counts. Shorter than 16 ms is not reported: it is within one frame. */
async function watchInteractions(page: Page): Promise<void> {
  await page.addInitScript(`
    globalThis.interactions = [];
    globalThis.kinds = [];
    const places = new Map();
    new PerformanceObserver((list) => {
      for (const { interactionId, startTime, duration, processingStart, processingEnd } of list.getEntries()) {
        if (interactionId === 0) continue;
        if (!places.has(interactionId)) {
          const { kind } = kinds.findLast(({ since }) => since <= startTime) ?? { kind: 'sign in' };
          places.set(interactionId, interactions.push({ kind, wholeMs: 0, scriptMs: 0 }) - 1);
        }
        const one = interactions[places.get(interactionId)];
        one.wholeMs = Math.max(one.wholeMs, duration);
        one.scriptMs = Math.max(one.scriptMs, processingEnd - processingStart);
      }
    }).observe({ type: 'event', durationThreshold: 16, buffered: true });
  `);
}

async function signIn(page: Page, { api, apiKey }: Endpoints): Promise<void> {
  await page.goto(`${api}/console/batches`);
  await page.getByRole('textbox', { name: 'API key' }).fill(apiKey);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Batches', level: 1 }).waitFor();
}

async function createBatch(at: Endpoints): Promise<void> {
  await clientOf(at).batches.create({
    batch_id: BATCH,
    payouts: Array.from({ length: PAYOUTS }, (_, index) => ({
      vendor_id: `vendor-${index}`,
      vendor_name: `Vendor ${index}`,
      amount: 1_000 + index,
      currency: 'IDR',
      bank_account: `10020030${index}`,
      bank_name: 'Bank Mandiri',
      transaction_ids: [],
    })),
  });
}

/** One round. The page names the kind of the inputs that follow. */
async function interact(page: Page): Promise<void> {
  const begin = (kind: string) => page.evaluate(`kinds.push({ kind: '${kind}', since: performance.now() })`);
  const list = page.getByRole('region', { name: 'List of payouts' });
  await begin('open the list of batches');
  await page.getByRole('link', { name: 'Batches', exact: true }).click();
  await begin('open the batch');
  await page.getByRole('link', { name: BATCH }).click();
  const statuses = page.locator('a[href*="status="]');
  for (const link of [statuses.first(), statuses.last()]) {
    await link.waitFor();
    await begin('filter by status');
    await link.click();
    await page.waitForURL(/status=/);
    await page.goBack();
    await page.waitForURL(({ search }) => search === '');
  }
  await begin('turn the page');
  await page.getByRole('link', { name: 'Next page' }).click();
  await begin('scroll with keys');
  await list.click();
  for (const key of ['PageDown', 'PageDown', 'PageDown', 'End', 'Home']) await page.keyboard.press(key, { delay: 50 });
  await begin('turn the page');
  await page.getByRole('link', { name: 'Previous page' }).click();
  await page.getByRole('listbox', { name: 'Chunks' }).focus();
  await begin('select a chunk');
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft']) await page.keyboard.press(key, { delay: 50 });
  await begin('open the search');
  await page.keyboard.press('Control+k');
  await begin('type into the search');
  await page.keyboard.type(`${BATCH}.0001`, { delay: 50 });
  await begin('close the search');
  await page.keyboard.press('Escape');
}

async function heapOf(devTools: CDPSession): Promise<number> {
  await devTools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devTools.send('Runtime.getHeapUsage');
  return usedSize / 2 ** 20;
}

const slowest = (values: readonly number[]) => Math.max(0, ...values);

export const consoleRow = ({ minutes, interactions, heapMb, requestsPerMinute }: ConsoleMeasured) => ({
  minutes: Number(minutes.toFixed(1)),
  interactions: interactions.length,
  'heap MB, first': Number(heapMb[0]?.toFixed(1)),
  'heap MB, last': Number(heapMb.at(-1)?.toFixed(1)),
  'requests a minute': Math.round(requestsPerMinute),
});

/** Each kind of interaction, and all. */
export function interactionRows({ interactions }: ConsoleMeasured) {
  const rowOf = (kind: string, all: readonly Interaction[]) => {
    const [script, whole] = [all.map(({ scriptMs }) => scriptMs), all.map(({ wholeMs }) => wholeMs)];
    return {
      interaction: kind,
      count: all.length,
      'script ms, median': Math.round(median(script)),
      'script ms, slowest': Math.round(slowest(script)),
      'ms, median': Math.round(median(whole)),
      'ms, slowest': Math.round(slowest(whole)),
    };
  };
  const byKind = Object.entries(Object.groupBy(interactions, ({ kind }) => kind));
  return [...byKind.map(([kind, all = []]) => rowOf(kind, all)), rowOf('all', interactions)];
}

/** A heap that grows by less than a twentieth in ten minutes counts as flat. */
export function consoleBudgets({ interactions, heapMb }: ConsoleMeasured) {
  const [first = 0] = heapMb.slice(1);
  return [
    line('slowest interaction, ms', slowest(interactions.map(({ wholeMs }) => wholeMs)), atMost(100)),
    line('heap at the end / after a minute', (heapMb.at(-1) ?? 0) / first, atMost(1.05)),
  ];
}
