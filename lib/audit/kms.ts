import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import type { HeadSigner } from './head.ts';

/** @param key ARN or alias of an asymmetric key on the curve P-256 for signatures */
export function kmsSigner(client: KMSClient, key: string): HeadSigner {
  let known: Promise<string> | undefined;
  async function readPublicKey(): Promise<string> {
    const { PublicKey = Buffer.of() } = await client.send(new GetPublicKeyCommand({ KeyId: key }));
    const lines =
      Buffer.from(PublicKey)
        .toString('base64')
        .match(/.{1,64}/g) ?? [];
    return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n');
  }
  return {
    algorithm: 'ECDSA_SHA_256',
    async sign(message) {
      const { Signature = Buffer.of() } = await client.send(
        new SignCommand({ KeyId: key, Message: message, MessageType: 'RAW', SigningAlgorithm: 'ECDSA_SHA_256' }),
      );
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
