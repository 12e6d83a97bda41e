import { routes as accessApprove } from './access/approve.ts';
import { routes as accessRead } from './access/read.ts';
import { routes as accessWrite } from './access/write.ts';
import { routes as eventsRead } from './events/read.ts';
import { routes as ordersRead } from './orders/read.ts';
import { routes as ordersWrite } from './orders/write.ts';
import { routes as payoutsNotify } from './payouts/notify.ts';
import { routes as payoutsOperate } from './payouts/operate.ts';
import { routes as payoutsRead } from './payouts/read.ts';
import { routes as payoutsWrite } from './payouts/write.ts';
import { routes as settlementRead } from './settlement/read.ts';
import { routes as settlementWrite } from './settlement/write.ts';
import { routes as systemRead } from './system/read.ts';
import { routes as transactionsRead } from './transactions/read.ts';
import { routes as transactionsWrite } from './transactions/write.ts';
import { routes as walletsRead } from './wallets/read.ts';
import { routes as walletsWrite } from './wallets/write.ts';
import { routes as webhooksRead } from './webhooks/read.ts';
import { routes as webhooksWrite } from './webhooks/write.ts';
import { routes as withdrawalsOperate } from './withdrawals/operate.ts';
import { routes as withdrawalsRead } from './withdrawals/read.ts';
import { routes as withdrawalsWrite } from './withdrawals/write.ts';

/** The route table of each function that serves HTTP, by the path of its file below `functions/`. */
export const tables = {
  'payouts/read': payoutsRead,
  'payouts/write': payoutsWrite,
  'payouts/operate': payoutsOperate,
  'payouts/notify': payoutsNotify,
  'settlement/read': settlementRead,
  'settlement/write': settlementWrite,
  'transactions/read': transactionsRead,
  'transactions/write': transactionsWrite,
  'access/read': accessRead,
  'access/write': accessWrite,
  'events/read': eventsRead,
  'system/read': systemRead,
  'wallets/read': walletsRead,
  'wallets/write': walletsWrite,
  'orders/read': ordersRead,
  'orders/write': ordersWrite,
  'withdrawals/read': withdrawalsRead,
  'withdrawals/write': withdrawalsWrite,
  'withdrawals/operate': withdrawalsOperate,
  'access/approve': accessApprove,
  'webhooks/read': webhooksRead,
  'webhooks/write': webhooksWrite,
};

/** Every route of the service, by the id of its operation. */
export const routes = {
  ...payoutsRead,
  ...payoutsWrite,
  ...payoutsOperate,
  ...payoutsNotify,
  ...walletsRead,
  ...walletsWrite,
  ...ordersRead,
  ...ordersWrite,
  ...settlementRead,
  ...settlementWrite,
  ...transactionsRead,
  ...transactionsWrite,
  ...accessRead,
  ...accessWrite,
  ...eventsRead,
  ...systemRead,
  ...withdrawalsRead,
  ...withdrawalsWrite,
  ...withdrawalsOperate,
  ...accessApprove,
  ...webhooksRead,
  ...webhooksWrite,
};
export type Operation = keyof typeof routes;
