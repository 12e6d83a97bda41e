import { measuring } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { measure } from '../../lib/system/measure.ts';

/** rate(1 minute) */
export const handler = schedule(() => measure(measuring()));
