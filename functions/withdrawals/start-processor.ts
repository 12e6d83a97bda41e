import { withdrawals } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { startProcessor } from '../../lib/withdrawals/processor.ts';
import { processorView } from '../../lib/withdrawals/view.ts';

/** POST /processors/withdrawals/start */
export const handler = http({}, async ({ deadline }) => ({
  status: 200,
  body: processorView(await startProcessor(withdrawals(), deadline)),
}));
