import { createPublicKey, sign } from 'node:crypto';
import type { HeadSigner } from './head.ts';

/** Signs with a private Ed25519 key. @param readKey its PEM form, as in the file that `npm start` creates */
export function localSigner(readKey: () => Promise<string>): HeadSigner {
  let key: Promise<string> | undefined;
  const known = () => {
    key ??= readKey();
    return key;
  };
  return {
    algorithm: 'Ed25519',
    sign: async (message) => sign(null, message, await known()),
    publicKey: async () => createPublicKey(await known()).export({ type: 'spki', format: 'pem' }) as string,
  };
}
