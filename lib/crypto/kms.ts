import type { KMS } from '@aws-sdk/client-kms';
import { once } from 'es-toolkit';
import { invariant } from '../kernel/errors.ts';
import type { KeyWrapper } from './ports.ts';

/** A key of AWS KMS as the key-encryption key. @param keyId ARN or alias */
export function kmsKey(keyId: string, newClient: () => Promise<KMS>): KeyWrapper {
  const client = once(newClient);
  const context = (purpose: string) => ({ KeyId: keyId, EncryptionContext: { service: 'sluice', purpose } });
  return {
    async generate(purpose) {
      const kms = await client();
      const made = await kms.generateDataKey({ ...context(purpose), KeySpec: 'AES_256' });
      const { Plaintext: plain, CiphertextBlob: wrapped } = made;
      invariant(plain && wrapped, 'KMS returned no data key');
      return { plain, wrapped };
    },
    async unwrap(wrapped, purpose) {
      const kms = await client();
      const { Plaintext: plain } = await kms.decrypt({ ...context(purpose), CiphertextBlob: wrapped });
      invariant(plain, 'KMS returned no data key');
      return plain;
    },
  };
}
