import { config } from '../../lib/config.ts';
import { authorizer } from '../../lib/edge/authorizer.ts';

/** Lambda authorizer: is the hash of X-API-Key one of ours? */
export const handler = authorizer(() => config().API_KEY_HASHES.split(',').filter(Boolean));
