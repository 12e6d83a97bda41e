import type { Notification } from './contract.ts';
import type { Pages } from './pages.ts';
import type { AnswerBody, CallOptions, Query, Transport } from './transport.ts';

/** For operators: what the bank has said of payouts that it gave back. */
export class Notifications {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first; by default those that fit no payout. */
  list(
    query: Query<'listNotifications'> = {},
    options?: CallOptions,
  ): Pages<Notification, AnswerBody<'listNotifications'>> {
    return this.#transport.list('listNotifications', { query }, 'notifications', options);
  }

  /** Applies a dead-lettered notification again. */
  redrive(id: string, options?: CallOptions): Promise<AnswerBody<'redriveNotification'>> {
    return this.#transport.call('redriveNotification', { params: { notification_id: id } }, options);
  }
}
