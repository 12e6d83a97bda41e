import type { KMS } from '@aws-sdk/client-kms';
import { once } from 'es-toolkit';
import type { HeadSigner } from './head.ts';

/** @param key ARN or alias of an asymmetric key on the curve P-256 for signatures */
export function kmsSigner(newClient: () => Promise<KMS>, key: string): HeadSigner {
  const client = once(newClient);
  let known: Promise<string> | undefined;
  async function readPublicKey(): Promise<string> {
    const kms = await client();
    const { PublicKey = Buffer.of() } = await kms.getPublicKey({ KeyId: key });
    const lines =
      Buffer.from(PublicKey)
        .toString('base64')
        .match(/.{1,64}/g) ?? [];
    return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n');
  }
  return {
    algorithm: 'ECDSA_SHA_256',
    async sign(message) {
      const kms = await client();
      const { Signature = Buffer.of() } = await kms.sign({
        KeyId: key,
        Message: message,
        MessageType: 'RAW',
        SigningAlgorithm: 'ECDSA_SHA_256',
      });
      return Buffer.from(Signature);
    },
    publicKey() {
      known ??= readPublicKey();
      known.catch(() => {
        known = undefined;
      });
      return known;
    },
  };
}
