/** Limits of AWS by which use cases and adapters divide their work. */

/** Messages that SQS and SNS take in one call. */
export const MESSAGES_PER_CALL = 10;

/** Items that one DynamoDB transaction takes. */
export const MAX_TRANSACTION_ITEMS = 100;
