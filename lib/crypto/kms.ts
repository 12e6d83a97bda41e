import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { once } from 'es-toolkit';
import { invariant } from '../kernel/errors.ts';
import type { KeyWrapper } from './ports.ts';

/** A key of AWS KMS as the key-encryption key. @param keyId ARN or alias */
export function kmsKey(keyId: string, newClient: () => KMSClient): KeyWrapper {
  const client = once(newClient);
  const context = (purpose: string) => ({ KeyId: keyId, EncryptionContext: { service: 'sluice', purpose } });
  return {
    async generate(purpose) {
      const command = new GenerateDataKeyCommand({ ...context(purpose), KeySpec: 'AES_256' });
      const { Plaintext: plain, CiphertextBlob: wrapped } = await client().send(command);
      invariant(plain && wrapped, 'KMS returned no data key');
      return { plain, wrapped };
    },
    async unwrap(wrapped, purpose) {
      const command = new DecryptCommand({ ...context(purpose), CiphertextBlob: wrapped });
      const { Plaintext: plain } = await client().send(command);
      invariant(plain, 'KMS returned no data key');
      return plain;
    },
  };
}
