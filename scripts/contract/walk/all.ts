import type { Recorder } from '../recorder.ts';
import { walkAccess } from './access.ts';
import { walkApprovals } from './approvals.ts';
import { walkOrders } from './orders.ts';
import { walkPayouts } from './payouts.ts';
import { walkSettlement } from './settlement.ts';
import { walkSystem } from './system.ts';
import { walkUploads } from './uploads.ts';
import { walkWallets } from './wallets.ts';
import { walkWebhooks } from './webhooks.ts';
import { walkWithdrawals } from './withdrawals.ts';

/** Requests to every route, in this order, of a service that has no data. */
export const WALKS: Readonly<Record<string, (recorder: Recorder) => Promise<void>>> = {
  payouts: walkPayouts,
  uploads: walkUploads,
  wallets: walkWallets,
  withdrawals: walkWithdrawals,
  orders: walkOrders,
  settlement: walkSettlement,
  access: walkAccess,
  approvals: walkApprovals,
  webhooks: walkWebhooks,
  system: walkSystem,
};
