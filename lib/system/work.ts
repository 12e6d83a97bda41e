/** What workers and recovery have to do. The chunks of batches are in the overview of payouts. */
export const WORK = ['withdrawals', 'payments', 'imports', 'events', 'webhook_deliveries'] as const;
export type Work = (typeof WORK)[number];
