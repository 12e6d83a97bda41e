import { expect, it } from 'vitest';
import { type Operation, routes } from '../../functions/routes.ts';
import { EVENT_TYPES } from '../../lib/events/schemas.ts';
import { EVENTS } from '../support/route-events.ts';

/** Remote procedure calls are POST requests, also if they only read. A report has what may be read. */
const READS: readonly Operation[] = [
  ...([
    'requestUploadReport',
    'rpcListWithdrawals',
    'rpcGetWithdrawal',
    'rpcGetWithdrawalByKey',
    'rpcGetProcessorStats',
  ] as const),
];

it('each route that is not a GET names its events, or only reads', () => {
  const changing = (Object.keys(routes) as Operation[]).filter((name) => routes[name].method !== 'GET');
  expect([...Object.keys(EVENTS), ...READS].sort()).toEqual(changing.sort());
  const named = Object.values(EVENTS).flat();
  expect(named.filter((type) => !EVENT_TYPES.includes(type))).toEqual([]);
});
