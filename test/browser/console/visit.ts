import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { launchBrowser } from '../../../scripts/chromium.ts';
import type { Service } from '../../support/service.ts';

const WIDE = { width: 1_280, height: 860 };
const NARROW = { width: 360, height: 780 };

/** Links of the service lead to its bucket: a person downloads a file, or the page uploads one. */
const mayReachBucket = (request: Request) =>
  request.method() === 'PUT' || (request.isNavigationRequest() && request.redirectedFrom() !== null);

/** A browser that is signed in to the console. It collects what a page must not do. */
export class Visit {
  readonly problems: string[] = [];
  readonly page: Page;
  readonly #api: string;

  private constructor(page: Page, { api, aws, laboratory }: Service['endpoints']) {
    this.page = page;
    this.#api = api;
    page.setDefaultTimeout(30_000); // a busy machine is slow
    page.on('pageerror', ({ message }) => this.problems.push(`error: ${message}`));
    page.on('console', (message) => {
      if (message.text().startsWith('CSP')) this.problems.push(message.text());
    });
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin === aws && mayReachBucket(request)) return;
      if (origin === laboratory && page.url().endsWith('/laboratory')) return;
      if (origin !== api && protocol !== 'blob:') this.problems.push(`a request to ${request.url()}`);
    });
  }

  static async begin(browser: Browser, service: Service, options: BrowserContextOptions = {}): Promise<Visit> {
    const context: BrowserContext = await browser.newContext({ viewport: WIDE, colorScheme: 'light', ...options });
    await context.addInitScript(
      "document.addEventListener('securitypolicyviolation', (e) => console.log('CSP', e.violatedDirective, e.blockedURI))",
    );
    return new Visit(await context.newPage(), service.endpoints);
  }

  async open(path: string, heading: string): Promise<void> {
    await this.page.goto(`${this.#api}/console${path}`);
    await this.heading(heading);
  }

  heading(name: string): Promise<void> {
    return this.page.getByRole('heading', { name, level: 1, exact: true }).waitFor();
  }

  /** The field has the focus when the page opens. */
  async enterKey(key: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'API key' }).fill(key);
    await this.page.keyboard.press('Enter');
  }

  async signIn(key: string): Promise<void> {
    await this.open('/batches', 'Sluice');
    await this.enterKey(key);
    await this.heading('Batches');
  }

  async search(): Promise<void> {
    await this.page.keyboard.press('Control+k');
    await this.page.locator('[role=combobox]:focus').waitFor();
  }

  /** With the keyboard alone: moves the focus to it with the tabulator, then presses Enter. */
  async press(target: Locator): Promise<void> {
    await this.#reach(target);
    await this.page.keyboard.press('Enter');
  }

  /** The open dialog, which shows this command. */
  async confirm(command: string): Promise<void> {
    const dialog = this.page.getByRole('dialog');
    await dialog.getByText(command).waitFor();
    await this.press(dialog.locator('[type=submit]'));
  }

  /** The same for a field: replaces its content. */
  async enter(target: Locator, text: string): Promise<void> {
    await this.#reach(target);
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.type(text);
  }

  /** On New batch, as a mouse does. */
  async dropFile(name: string, text: string): Promise<void> {
    const file = `new File([${JSON.stringify(text)}], ${JSON.stringify(name)})`;
    const dataTransfer = await this.page.evaluateHandle(
      `(() => { const data = new DataTransfer(); data.items.add(${file}); return data; })()`,
    );
    await this.page.dispatchEvent('.drop', 'drop', { dataTransfer });
    await this.page.getByText(`${name}: `).waitFor();
  }

  async #reach(target: Locator): Promise<void> {
    await target.waitFor();
    const focused = target.and(this.page.locator(':focus'));
    for (let steps = 0; (await focused.count()) === 0; steps += 1) {
      expect(steps, `${target} is reached with the tabulator`).toBeLessThan(60);
      await this.page.keyboard.press('Tab');
    }
  }

  /**
   * Looks at the open screen: no violation of WCAG 2.2 AA in light and dark, no horizontal scrolling at 360 px. With
   * UPDATE_SCREENSHOTS=1 it writes docs/console/<name>.png.
   */
  async inspect(name: string): Promise<void> {
    const { page } = this;
    if (process.env.UPDATE_SCREENSHOTS) await page.screenshot({ path: `docs/console/${name}.png` });
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await this.#expectAccessible(`${name}, ${colorScheme}`);
    }
    await page.setViewportSize(NARROW);
    const width = () => page.evaluate('document.documentElement.scrollWidth');
    await expect.poll(width, { message: `${name} at 360 px` }).toBeLessThanOrEqual(360);
    await page.setViewportSize(WIDE);
  }

  async #expectAccessible(name: string): Promise<void> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
    expect(found, name).toEqual([]);
  }

  async end(): Promise<void> {
    await this.page.context().close();
    expect(this.problems).toEqual([]);
  }
}

type SignedIn = { readonly browser: Browser; readonly visit: Visit; readonly page: Page };

/**
 * The browser of a test file, signed in to the service with its first key. Its properties can be read as soon as the
 * tests run. After them it expects that no page did what it must not.
 */
export function signedIn(service: Service): SignedIn {
  const opened: Partial<SignedIn> = {};
  beforeAll(async () => {
    const browser = await launchBrowser();
    Object.assign(opened, { browser });
    const visit = await Visit.begin(browser, service);
    Object.assign(opened, { visit, page: visit.page });
    await visit.signIn(service.endpoints.apiKey);
  }, 180_000);
  afterAll(async () => {
    try {
      await opened.visit?.end();
    } finally {
      await opened.browser?.close();
    }
  });
  return opened as SignedIn;
}
