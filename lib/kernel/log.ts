/** The value of a log field. A `bigint`, such as an amount, is logged with all digits. */
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
 * The fields of a log line, in snake_case. All domains use the same names: `user_id`, `payment_id`, `provider_id`,
 * `external_reference`, `currency`, `amount`, `latency_ms`, and `error` for a thrown error. Ids, statuses and amounts only: never account numbers, PIX keys or whole inputs.
 */
export type LogFields = { readonly [name: string]: LogValue };

/** For what a use case does not return. The logger adds the request id. */
export type Log = Readonly<Record<'debug' | 'info' | 'warn' | 'error', (message: string, fields?: LogFields) => void>>;
