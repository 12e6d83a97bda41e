import { ErrorInfoSchema, WithdrawalProcessorService } from '../../gen/withdrawal/v1/withdrawal_pb.js';
import { withdrawals } from '../../lib/container.ts';
import { rpc } from '../../lib/edge/rpc.ts';
import { readStats, startProcessor, stopProcessor } from '../../lib/withdrawals/processor.ts';
import { processorView, statsView } from '../../lib/withdrawals/view.ts';

/** POST /withdrawal.v1.WithdrawalProcessorService/{method} : the same use cases as REST; proto/withdrawal/v1 */
export const handler = rpc(
  WithdrawalProcessorService,
  {
    startProcessor: async ({ deadline }) => processorView(await startProcessor(withdrawals(), deadline)),
    stopProcessor: async () => processorView(await stopProcessor(withdrawals())),
    getProcessorStats: async () => statsView(await readStats(withdrawals())),
  },
  ErrorInfoSchema,
);
