import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/*
 * Hashes of the audit log: SHA-256 in hex. Leaves and nodes of a Merkle tree have different prefixes, so that no node can be
 * passed off as a leaf. Sources: RFC 6962 section 2.1, RFC 8785 (canonical JSON).
 */
const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

export const sha256 = (...parts: readonly (Buffer | string)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** @throws Error if the value is no JSON, or has a text with half of a surrogate pair */
export function canonicalJson(value: object): string {
  return canonicalize(value) as string;
}

/** The leaf of an event, in the form in which it is published. Keys may have any order. */
export function leafHash(event: object): string {
  return sha256(LEAF, canonicalJson(event));
}

/** @param leaves at least one, from {@link leafHash} */
export function merkleRoot(leaves: readonly string[]): string {
  let level = leaves;
  // A level of odd length hands its last node up unchanged, which gives the tree of RFC 6962: left subtrees are full.
  while (level.length > 1) {
    const pairs: string[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left = '', right] = level.slice(at, at + 2);
      pairs.push(right === undefined ? left : sha256(NODE, Buffer.from(left, 'hex'), Buffer.from(right, 'hex')));
    }
    level = pairs;
  }
  return level[0] ?? sha256();
}
