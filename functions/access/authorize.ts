import { authenticate } from '../../lib/dependencies/authentication.ts';
import { authorizer } from '../../lib/edge/authorizer.ts';

/** Lambda authorizer: finds the principal of X-API-Key */
export const handler = authorizer(authenticate);
