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
          Timing); "script": what of it the page's listeners take, with the rendering that they cause. Both grow with the load of the machine; "CPU"
          does not: processor time of the page's main thread from an input to the next one, with all that follows and the polling meanwhile.
          "heap": after a collection of garbage, in the first minute and at the end; "data": what of it the page keeps, without the code that
          the browser compiles as functions are used again. The browser and the service share the cores`;

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
  /** Processor seconds of the main thread, by kind. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  /** After each minute. */
  readonly heapMb: readonly number[];
  /** Without compiled code: after the first minute and at the end. */
  readonly dataMb: readonly [number, number];
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
    await devTools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const person = new Person(page, devTools);
    const heapMb: number[] = [];
    let firstDataMb = 0;
    const began = performance.now();
    const elapsed = () => (performance.now() - began) / 60_000;
    do {
      await interact(page, (kind) => person.begin(kind));
      await setTimeout(PAUSE_MS);
      await person.report();
      if (elapsed() >= heapMb.length) heapMb.push(await heapOf(devTools));
      if (elapsed() >= 1 && firstDataMb === 0) firstDataMb = await dataOf(devTools);
    } while (elapsed() < minutes);
    heapMb.push(await heapOf(devTools));
    return {
      minutes: elapsed(),
      interactions: person.interactions,
      cpuSeconds: person.cpuSeconds,
      heapMb,
      dataMb: [firstDataMb, await dataOf(devTools)],
      requestsPerMinute: requests / elapsed(),
    };
  } finally {
    await browser.close();
  }
}

/** The events of an interaction have one id; the longest counts. Shorter than 16 ms is not reported: it is within one frame. */
async function watchInteractions(page: Page): Promise<void> {
  await page.addInitScript(`
    const interactions = [];
    const places = new Map();
    globalThis.kinds = [];
    globalThis.takeInteractions = () => {
      places.clear();
      kinds.splice(0, kinds.length - 1);
      return interactions.splice(0);
    };
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

/** Who uses the page, and what that costs. */
class Person {
  readonly interactions: Interaction[] = [];
  readonly cpuSeconds: Record<string, number> = {};
  readonly #page: Page;
  readonly #devTools: CDPSession;
  #current = { kind: '', cpu: 0 };

  constructor(page: Page, devTools: CDPSession) {
    this.#page = page;
    this.#devTools = devTools;
  }

  /** Of the inputs that follow. */
  async begin(kind: string): Promise<void> {
    const { metrics } = await this.#devTools.send('Performance.getMetrics');
    const cpu = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
    const before = this.#current;
    this.cpuSeconds[before.kind] = (this.cpuSeconds[before.kind] ?? 0) + cpu - before.cpu;
    this.#current = { kind, cpu };
    await this.#page.evaluate(`kinds.push({ kind: '${kind}', since: performance.now() })`);
  }

  /** Takes them out of the page, whose heap is measured. */
  async report(): Promise<void> {
    this.interactions.push(...((await this.#page.evaluate('takeInteractions()')) as Interaction[]));
  }
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

/** One round. */
async function interact(page: Page, begin: (kind: string) => Promise<void>): Promise<void> {
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
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await begin('only watch');
}

async function heapOf(devTools: CDPSession): Promise<number> {
  await devTools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devTools.send('Runtime.getHeapUsage');
  return usedSize / 2 ** 20;
}

/** Types of nodes in a heap snapshot that scripts make. The others are compiled code, its metadata, and the browser's own. */
const DATA: readonly string[] = [
  ...['object', 'closure', 'array', 'string', 'concatenated string', 'sliced string'],
  ...['number', 'bigint', 'regexp', 'symbol'],
];

type HeapSnapshot = {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] };
  };
  readonly nodes: readonly number[];
};

async function dataOf(devTools: CDPSession): Promise<number> {
  let text = '';
  const onChunk = ({ chunk }: { readonly chunk: string }) => {
    text += chunk;
  };
  devTools.on('HeapProfiler.addHeapSnapshotChunk', onChunk);
  await devTools.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  devTools.off('HeapProfiler.addHeapSnapshotChunk', onChunk);
  const { snapshot, nodes } = JSON.parse(text) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [typeAt, sizeAt] = [fields.indexOf('type'), fields.indexOf('self_size')];
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (DATA.includes(types[0][nodes[node + typeAt] ?? 0] ?? '')) bytes += nodes[node + sizeAt] ?? 0;
  }
  return bytes / 2 ** 20;
}

const slowest = (values: readonly number[]) => Math.max(0, ...values);

export const consoleRow = ({ minutes, interactions, heapMb, dataMb, requestsPerMinute }: ConsoleMeasured) => ({
  minutes: Number(minutes.toFixed(1)),
  interactions: interactions.length,
  'heap MB, first': Number(heapMb[0]?.toFixed(1)),
  'heap MB, last': Number(heapMb.at(-1)?.toFixed(1)),
  'data MB, first': Number(dataMb[0].toFixed(2)),
  'data MB, last': Number(dataMb[1].toFixed(2)),
  'requests a minute': Math.round(requestsPerMinute),
});

/** Each kind of interaction, and all. */
export function interactionRows({ interactions, cpuSeconds }: ConsoleMeasured) {
  const cpuOf = (kind: string) => cpuSeconds[kind] ?? 0;
  const rowOf = (kind: string, all: readonly Interaction[]) => {
    const [script, whole] = [all.map(({ scriptMs }) => scriptMs), all.map(({ wholeMs }) => wholeMs)];
    return {
      interaction: kind,
      count: all.length,
      'script ms, median': Math.round(median(script)),
      'script ms, slowest': Math.round(slowest(script)),
      'ms, median': Math.round(median(whole)),
      'ms, slowest': Math.round(slowest(whole)),
      'CPU ms, mean': Math.round((1_000 * cpuOf(kind)) / all.length),
    };
  };
  const byKind = Object.entries(Object.groupBy(interactions, ({ kind }) => kind));
  const { 'CPU ms, mean': _, ...all } = rowOf('all', interactions);
  return [...byKind.map(([kind, of = []]) => rowOf(kind, of)), all];
}

/** Data that grow by less than a twentieth in ten minutes count as flat. Of the heap the compiled code grows for some minutes. */
export function consoleBudgets({ interactions, dataMb }: ConsoleMeasured) {
  return [
    line('slowest interaction, ms', slowest(interactions.map(({ wholeMs }) => wholeMs)), atMost(100)),
    line('data in the heap at the end / after a minute', dataMb[1] / dataMb[0], atMost(1.05)),
  ];
}
