import { it } from 'vitest';
import { sharedService } from '../../e2e/shared-service.ts';
import { expectVerified } from '../../support/verified.ts';

it('after all suites: verify finds nothing', () => expectVerified(sharedService().endpoints));
