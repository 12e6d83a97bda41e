import { withdrawals } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { stopProcessor } from '../../lib/withdrawals/processor.ts';
import { processorView } from '../../lib/withdrawals/view.ts';

/** POST /processors/withdrawals/stop */
export const handler = http({}, async () => ({ status: 200, body: processorView(await stopProcessor(withdrawals())) }));
