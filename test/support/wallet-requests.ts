import { expect } from 'vitest';
import type { Service } from './service.ts';

export const BILL = { provider_id: 'pln', external_reference: 'bill-1', currency: 'IDR' };

let keys = 0;
export const newKey = () => `key-${++keys}`;
let users = 0;
export const newUser = () => `user-${++users}`;

const keyed = (key: string) => ({ 'Idempotency-Key': key });

/** Requests of wallets to a running service. Each has a key of its own if it gets none. */
export class WalletRequests {
  readonly #service: Service;

  constructor(service: Service) {
    this.#service = service;
  }

  /** A new user with one wallet. @param amount in minor units; a string for more than 2^53 */
  readonly givenAWallet = async (amount: number | string, currency = 'IDR'): Promise<string> => {
    const user = newUser();
    expect((await this.#service.post('/wallets', { user_id: user, currency })).status).toBe(201);
    if (amount !== 0) expect((await this.deposit(user, { amount, currency })).status).toBe(201);
    return user;
  };

  readonly deposit = (user: string, body: object, key = newKey()) =>
    this.#service.post(`/wallets/${user}/deposits`, body, keyed(key));

  readonly pay = (user: string, body: object, key = newKey()) =>
    this.#service.post(`/wallets/${user}/payments`, { ...BILL, ...body }, keyed(key));

  readonly refund = (paymentId: string, body: object, key = newKey()) =>
    this.#service.post(`/payments/${paymentId}/refund`, body, keyed(key));

  /** Of the first currency. */
  readonly balanceOf = async (user: string) =>
    (await this.#service.get(`/wallets/${user}/balance`)).body.balances[0].amount;
}
