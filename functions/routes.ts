import { routes as payoutsOperate } from './payouts/operate.ts';
import { routes as payoutsRead } from './payouts/read.ts';
import { routes as payoutsWrite } from './payouts/write.ts';
import { routes as systemRead } from './system/read.ts';

/** The route table of each function that serves HTTP, by the path of its file below `functions/`. */
export const tables = {
  'payouts/read': payoutsRead,
  'payouts/write': payoutsWrite,
  'payouts/operate': payoutsOperate,
  'system/read': systemRead,
};

/** Every route of the service, by the id of its operation. */
export const routes = { ...payoutsRead, ...payoutsWrite, ...payoutsOperate, ...systemRead };
export type Operation = keyof typeof routes;
