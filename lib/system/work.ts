/** What workers and recovery have to do. The chunks of batches are in the overview of payouts. */
export const WORK = ['withdrawals', 'payments', 'imports', 'events', 'webhook_deliveries'] as const;
export type Work = (typeof WORK)[number];

/** The oldest work of a kind. */
export type Oldest = {
  /** When it became due; ISO 8601 UTC. */
  readonly since: string;
  /** Of the withdrawal, payment, import or delivery; of an event, its subject. */
  readonly id: string;
};
