import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { KMS } from '@aws-sdk/client-kms';
import { afterAll, describe, expect, it } from 'vitest';
import { kmsKey } from '../../lib/crypto/kms.ts';
import { localKey } from '../../lib/crypto/local-key.ts';
import type { KeyWrapper } from '../../lib/crypto/ports.ts';

/*
 * The key of the laptop against a file, and the key in KMS against a server that speaks KMS's protocol and, like KMS, authenticates
 * the encryption context.
 */

const directory = mkdtempSync(join(tmpdir(), 'sluice-keys-'));
const fileOf = (name: string, content: string | Buffer) => {
  const file = join(directory, name);
  writeFileSync(file, content);
  return file;
};

type Asked = { KeyId: string; EncryptionContext: Record<string, string>; CiphertextBlob?: string };
const masters = new Map<string, Buffer>();
const answerOf: Record<string, (asked: Asked) => object> = {
  GenerateDataKey: ({ KeyId, EncryptionContext }) => {
    const [plain, nonce] = [randomBytes(32), randomBytes(12)];
    const cipher = createCipheriv('aes-256-gcm', masterOf(KeyId), nonce).setAAD(aadOf(EncryptionContext));
    const blob = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return { KeyId, Plaintext: plain.toString('base64'), CiphertextBlob: blob.toString('base64') };
  },
  Decrypt: ({ KeyId, EncryptionContext, CiphertextBlob = '' }) => {
    const blob = Buffer.from(CiphertextBlob, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', masterOf(KeyId), blob.subarray(0, 12))
      .setAAD(aadOf(EncryptionContext))
      .setAuthTag(blob.subarray(-16));
    const plain = Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]);
    return { KeyId, Plaintext: plain.toString('base64') };
  },
};
const aadOf = (context: Record<string, string>) => Buffer.from(JSON.stringify(Object.entries(context).sort()));
function masterOf(id: string): Buffer {
  const key = masters.get(id) ?? randomBytes(32);
  masters.set(id, key);
  return key;
}

const server = createServer(async (request, response) => {
  const operation = `${request.headers['x-amz-target']}`.replace('TrentService.', '');
  response.setHeader('Content-Type', 'application/x-amz-json-1.1');
  try {
    response.end(JSON.stringify(answerOf[operation]?.(JSON.parse(await text(request)))));
  } catch {
    response.statusCode = 400;
    response.end(JSON.stringify({ __type: 'InvalidCiphertextException' }));
  }
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address() as { port: number };
const client = new KMS({
  endpoint: `http://127.0.0.1:${port}`,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});
afterAll(() => {
  client.destroy();
  server.close();
  rmSync(directory, { recursive: true });
});

const local = (byte: number) => localKey(fileOf(`key-${byte}`, Buffer.alloc(32, byte).toString('base64url')));
const kms = (name: string) => kmsKey(`alias/${name}`, async () => client);
const WRAPPERS: [string, () => KeyWrapper, () => KeyWrapper][] = [
  ['in a file', () => local(1), () => local(2)],
  ['in KMS', () => kms('one'), () => kms('other')],
];

describe.each(WRAPPERS)('a key-encryption key %s', (_where, wrapper, other) => {
  it('gives a new data key each time, which another process unwraps', async () => {
    const [one, two] = [await wrapper().generate('payouts'), await wrapper().generate('payouts')];
    expect([...one.plain]).toHaveLength(32);
    expect(Buffer.from(one.plain).equals(two.plain)).toBe(false);
    expect(Buffer.from(await wrapper().unwrap(one.wrapped, 'payouts')).equals(one.plain)).toBe(true);
    expect(Buffer.from(one.wrapped).includes(Buffer.from(one.plain))).toBe(false);
  });

  it('does not unwrap a data key for another purpose, of another key, or after a change', async () => {
    const { wrapped } = await wrapper().generate('payouts');
    await expect(wrapper().unwrap(wrapped, 'withdrawals')).rejects.toThrow();
    await expect(other().unwrap(wrapped, 'payouts')).rejects.toThrow();
    const changed = Buffer.from(wrapped);
    changed[20] = (changed[20] ?? 0) ^ 1;
    await expect(wrapper().unwrap(changed, 'payouts')).rejects.toThrow();
  });
});

it('a file that is no key is refused at its first use', async () => {
  await expect(localKey(fileOf('short', 'c2hvcnQ')).generate('payouts')).rejects.toThrow('not a key of 32 bytes');
});
