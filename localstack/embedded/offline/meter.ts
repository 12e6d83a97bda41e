/** Serves counters of this process to `npm run bench`. Only the local plugin does this. */

import { type Meter, meter } from '../../../lib/aws/meter.ts';
import type { Invoke } from '../lambda.ts';
import type { HapiServer } from './gateway.ts';

export const METER_PATH = '/_sluice/meter';

/** Functions, gateway and pollers share this process, so the counters cover the whole service. */
export type ProcessMeter = Meter & {
  /** Requests that change something. Reads are missing, because clients choose how often they poll. */
  readonly httpRequests: number;
  /** Invocations by queues, streams and rules. */
  readonly triggered: number;
  /** User and system time of the process. */
  readonly cpuMs: number;
  /** Bytes of log lines. */
  readonly logBytes: number;
};

let httpRequests = 0;
let triggered = 0;

/** From now on, requests to DynamoDB ask for the capacity that they consume. */
export function serveMeter(server: HapiServer): void {
  meter.units = { written: {}, read: {} };
  server.ext('onPostAuth', ({ method }, h) => {
    if (method !== 'get') httpRequests += 1;
    return h.continue;
  });
  server.route({ method: 'GET', path: METER_PATH, handler: read });
}

export function countInvocations(invoke: Invoke): Invoke {
  return (...invocation) => {
    triggered += 1;
    return invoke(...invocation);
  };
}

function read(): ProcessMeter {
  const { user, system } = process.cpuUsage();
  const logBytes = (process.stdout as { bytesWritten?: number }).bytesWritten ?? 0; // a pipe to npm start
  return { ...meter, httpRequests, triggered, cpuMs: (user + system) / 1_000, logBytes };
}
