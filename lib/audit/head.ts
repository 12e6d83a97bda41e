import { createPublicKey, verify } from 'node:crypto';
import type { Tip } from './block.ts';
import { canonicalJson, sha256 } from './hash.ts';

/** The signed state of the chain after a block. */
export type SignedHead = {
  readonly version: 1;
  readonly number: number;
  readonly hash: string;
  /** The number of all sealed events. */
  readonly total: number;
  readonly sealed_at: string;
  /** The fingerprint of the public key: SHA-256 of its DER form (SPKI), in hex. */
  readonly key: string;
  readonly algorithm: Algorithm;
  /** Base64. Of the canonical JSON of everything else. */
  readonly signature: string;
};

/** Ed25519, or ECDSA on the curve P-256 with SHA-256 and a signature in DER form. */
export type Algorithm = 'Ed25519' | 'ECDSA_SHA_256';

/** The private key never leaves its place: a file on a laptop, KMS on AWS. */
export interface HeadSigner {
  readonly algorithm: Algorithm;
  sign(message: Buffer): Promise<Buffer>;
  /** In PEM form. */
  publicKey(): Promise<string>;
}

export async function signHead(signer: HeadSigner, { number, hash, total, sealed_at }: Tip): Promise<SignedHead> {
  const { algorithm } = signer;
  const key = fingerprintOf(await signer.publicKey());
  const unsigned = { version: 1, number, hash, total, sealed_at, key, algorithm } as const;
  return { ...unsigned, signature: (await signer.sign(messageOf(unsigned))).toString('base64') };
}

/** @param publicKey in PEM form */
export function isSignedBy(publicKey: string, { signature, ...unsigned }: SignedHead): boolean {
  if (unsigned.key !== fingerprintOf(publicKey)) return false;
  const digest = unsigned.algorithm === 'Ed25519' ? null : 'sha256';
  return verify(digest, messageOf(unsigned), publicKey, Buffer.from(signature, 'base64'));
}

/** @param publicKey in PEM form */
export function fingerprintOf(publicKey: string): string {
  return sha256(createPublicKey(publicKey).export({ type: 'spki', format: 'der' }));
}

const messageOf = (unsigned: Omit<SignedHead, 'signature'>) => Buffer.from(canonicalJson(unsigned));
