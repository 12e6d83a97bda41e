import { withdrawals } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { readStats } from '../../lib/withdrawals/processor.ts';
import { statsView } from '../../lib/withdrawals/view.ts';

/** GET /processors/withdrawals/stats */
export const handler = http({}, async () => ({ status: 200, body: statsView(await readStats(withdrawals())) }));
