import { createHmac, type KeyObject } from 'node:crypto';

/**
 * A keyed digest that finds a value without storing it. Account numbers are few enough to guess a plain SHA-256 of each.
 * @param kind what the value is, so that equal values of different kinds have different digests
 * @returns 43 characters of base64url
 */
export type HmacOf = (kind: string, value: string) => string;

export const hmacWith =
  (key: KeyObject): HmacOf =>
  (kind, value) =>
    createHmac('sha256', key).update(`${kind}\0`).update(value).digest('base64url');
