import { signatureOf } from '../../lib/kernel/signature.ts';
import type { DueReturn, Returns } from './returns.ts';
import type { SettingsStore } from './settings.ts';

/** Where notifications go, and the secret that signs them. */
export type NotifyOptions = { readonly url: string; readonly secret: string };

const POLL_MS = 200;
const AT_ONCE = 20;
const TIMEOUT_MS = 10_000;

/** Notifies the client of each return until it answers 2xx. Notifications that it has not acknowledged survive a restart. */
export class Notifier {
  readonly #returns: Returns;
  readonly #settings: SettingsStore;
  readonly #options: NotifyOptions;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;

  constructor(returns: Returns, settings: SettingsStore, options: NotifyOptions, now: () => number) {
    this.#returns = returns;
    this.#settings = settings;
    this.#options = options;
    this.#now = now;
    this.#timer = setInterval(() => {
      this.#running ??= this.#sendDue().finally(() => {
        this.#running = undefined;
      });
    }, POLL_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #sendDue(): Promise<void> {
    const { notifications } = this.#settings.current;
    if (notifications === 'down') return;
    const send = async (due: DueReturn) => {
      const [isStored] = await Promise.all(
        Array.from({ length: notifications === 'twice' ? 2 : 1 }, () => this.#send(due)),
      );
      if (isStored) this.#returns.markDelivered(due.id);
    };
    await Promise.all(this.#returns.due(this.#now(), AT_ONCE).map(send));
  }

  async #send(due: DueReturn): Promise<boolean> {
    const { url, secret } = this.#options;
    const body = JSON.stringify(notificationOf(due));
    const id = notificationId(due.id);
    const timestamp = String(Math.floor(this.#now() / 1_000));
    const signature = signatureOf(secret, { id, timestamp }, Buffer.from(body));
    try {
      const answer = await fetch(url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': signature,
        },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false; // the client is down; the next poll tries again
    }
  }
}

export const notificationId = (id: number) => `RETURN-${String(id).padStart(10, '0')}`;

/** The body of a notification. */
export function notificationOf({ reference, amount_minor, currency, code, at }: DueReturn) {
  const returned_at = new Date(at).toISOString();
  return { type: 'transfer.returned', reference, amount_minor, currency, code, returned_at };
}
