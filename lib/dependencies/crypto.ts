import { kmsClient } from '../aws/clients.ts';
import type { Config } from '../config.ts';
import { dynamoDataKeys } from '../crypto/dynamo-data-keys.ts';
import { kmsKey } from '../crypto/kms.ts';
import { localKey } from '../crypto/local-key.ts';
import type { KeyWrapper } from '../crypto/ports.ts';
import { type Secrets, secretsOf } from '../crypto/secrets.ts';
import { machine } from '../runtime.ts';
import type { Of } from './outside.ts';

export function secrets(
  settings: Pick<Config, 'SYSTEM_TABLE' | 'KEY_ENCRYPTION_KEY'>,
  { dynamo }: Of<'dynamo'>,
  { now } = machine,
): Secrets {
  return secretsOf({
    keys: dynamoDataKeys(dynamo, settings.SYSTEM_TABLE),
    wrapper: wrapperOf(settings.KEY_ENCRYPTION_KEY),
    now,
  });
}

function wrapperOf(key: string): KeyWrapper {
  return key.startsWith('file:') ? localKey(key.slice('file:'.length)) : kmsKey(key, () => kmsClient(machine.now));
}
