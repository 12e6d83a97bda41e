/**
 * `npm run contract:examples`: starts a service, sends requests to every route, and writes them with their answers to
 * docs/examples.json. `npm run contract` puts them into the OpenAPI document.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { routes } from '../../functions/routes.ts';
import { run } from '../command.ts';
import { withService } from '../service.ts';
import { Recorder } from './recorder.ts';
import { walkAccess } from './walk/access.ts';
import { walkApprovals } from './walk/approvals.ts';
import { walkFaults } from './walk/faults.ts';
import { walkOrders } from './walk/orders.ts';
import { walkPayouts } from './walk/payouts.ts';
import { walkSettlement } from './walk/settlement.ts';
import { walkSystem } from './walk/system.ts';
import { walkUploads } from './walk/uploads.ts';
import { GATEWAY, walkWallets } from './walk/wallets.ts';
import { walkWebhooks } from './walk/webhooks.ts';
import { walkWithdrawals } from './walk/withdrawals.ts';

const EXAMPLES = join(import.meta.dirname, '../../docs/examples.json');

run(() =>
  withService(async (service) => {
    const recorder = new Recorder(await service.start(GATEWAY));
    const walks = [
      walkPayouts,
      walkUploads,
      walkWallets,
      walkWithdrawals,
      walkOrders,
      walkSettlement,
      walkAccess,
      walkApprovals,
      walkWebhooks,
      walkSystem,
      walkFaults,
    ];
    for (const walk of walks) await walk(recorder);
    const recorded = Object.keys(routes).map((operation) => [operation, recorder.examples[operation]]);
    await writeFile(EXAMPLES, `${JSON.stringify(Object.fromEntries(recorded), null, 2)}\n`);
    console.log(`Recorded ${recorded.length} routes. Now run: npm run contract`);
    return 0;
  }),
);
