import { expect } from 'vitest';
import type { Endpoints } from '../../scripts/endpoints.ts';
import { exitCodeOf, textOf } from '../../scripts/verify/report.ts';
import { verifyAll } from '../../scripts/verify/verify.ts';

/** `npm run verify` finds nothing wrong in any domain. */
export async function expectVerified(endpoints: Endpoints): Promise<void> {
  const verified = await verifyAll(endpoints);
  expect(exitCodeOf(verified), verified.map(textOf).join('\n')).toBe(0);
}
