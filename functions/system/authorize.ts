import { config } from '../../lib/config.ts';
import { authorizer } from '../../lib/edge/authorizer.ts';

/** Lambda authorizer: checks the hash of X-API-Key */
export const handler = authorizer(() => config().API_KEY_HASHES.split(',').filter(Boolean));
