import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { once } from 'es-toolkit';
import type { KeyWrapper } from './ports.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key-encryption key in a file, as `npm start` creates it: 32 bytes in base64url. For the laptop only. */
export function localKey(file: string): KeyWrapper {
  const key = once(() => {
    const bytes = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url');
    if (bytes.length !== KEY_BYTES) throw new Error(`${file} is not a key of ${KEY_BYTES} bytes in base64url`);
    return createSecretKey(bytes);
  });
  return {
    async generate(purpose) {
      const [plain, nonce] = [randomBytes(KEY_BYTES), randomBytes(NONCE_BYTES)];
      const cipher = createCipheriv(ALGORITHM, key(), nonce).setAAD(Buffer.from(purpose));
      return { plain, wrapped: Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]) };
    },
    async unwrap(wrapped, purpose) {
      const decipher = createDecipheriv(ALGORITHM, key(), wrapped.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(purpose))
        .setAuthTag(wrapped.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    },
  };
}
