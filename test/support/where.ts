import { it, type TestFunction } from 'vitest';
import type { Service } from './service.ts';

/** At the end of the name of a test that is not run. docs/localstack.md shows it, and `npm run test:deployed` fails without it. */
const notRun = (reason: string) => ` (not run: ${reason})`;

/** Declares a test of what not every service or machine has. Where it is missing, the name of the test says so. */
export const itWhere = (isThere: unknown, reason: string, name: string, test: TestFunction, timeout?: number) =>
  it.skipIf(!isThere)(name + (isThere ? '' : notRun(reason)), test, timeout);

/** Whether `npm start` runs it: all of its processes are on this machine, under a supervisor. Else it is deployed. */
export const isStarted = ({ endpoints }: Service): boolean => endpoints.laboratory !== undefined;
