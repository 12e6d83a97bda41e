/** What a line says of one thing. Amounts are `bigint` and come out digit by digit. */
export type LogValue =
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  | Error
  | readonly LogValue[]
  | { readonly [name: string]: LogValue };

/**
 * What log lines say besides their message, in snake_case and by the names that every domain uses for the same thing:
 * `user_id`, `payment_id`, `provider_id`, `external_reference`, `currency`, `amount`, `latency_ms`; what went wrong is
 * the `error`. Ids, statuses and amounts only: never account numbers, PIX keys or whole inputs.
 */
export type LogFields = { readonly [name: string]: LogValue };

/** Where use cases say what their answer does not. Lines carry the request id by themselves. */
export type Log = Readonly<Record<'debug' | 'info' | 'warn' | 'error', (message: string, fields?: LogFields) => void>>;
