import { once } from 'es-toolkit';
import { authenticator } from '../access/authenticate.ts';
import { dynamoKeyFinder } from '../access/dynamo-keys.ts';
import { documentClient } from '../aws/clients.ts';
import { config } from '../config.ts';
import { logger } from '../edge/log.ts';
import { machine } from '../runtime.ts';

/**
 * What the authorizer needs, apart from the container of all other functions: each request waits for it, also for its start, so it
 * loads nothing else.
 */
export const authenticate = once(() => {
  const onFailure = (error: Error) => logger.warn('the use of a key was not recorded', { error });
  const keys = dynamoKeyFinder(documentClient(machine.now), config().ACCESS_TABLE);
  return authenticator({ keys, now: machine.now, onFailure });
});
