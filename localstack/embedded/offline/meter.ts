/** Lets `npm run bench` read what the service asked of AWS; on a laptop only, since only the plugin serves it. */

import { meter } from '../../../lib/aws/meter.ts';
import type { HapiServer } from './gateway.ts';

export const METER_PATH = '/_sluice/meter';

/** All functions and the poller share this process, so its counters are those of the whole service. */
export function serveMeter(server: HapiServer): void {
  server.route({ method: 'GET', path: METER_PATH, handler: () => meter });
}
