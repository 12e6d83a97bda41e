/** Serves the counters of AWS calls to `npm run bench`. Only the local plugin does this. */

import { meter } from '../../../lib/aws/meter.ts';
import type { HapiServer } from './gateway.ts';

export const METER_PATH = '/_sluice/meter';

/** All functions and pollers share this process, so the counters cover the whole service. */
export function serveMeter(server: HapiServer): void {
  server.route({ method: 'GET', path: METER_PATH, handler: () => meter });
}
