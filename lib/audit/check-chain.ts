import { type Header, hashOf, NO_TIP, type Tip, tipAfter } from './block.ts';
import { merkleRoot } from './hash.ts';
import { isSignedBy, type SignedHead } from './head.ts';

/** A block to check: its header and the leaves of its events, in order. */
type Checked = { readonly header: Header; readonly leaves: readonly string[] };

/** Follows a chain block by block. The blocks may be forged. */
export class ChainChecker {
  #tip: Tip;
  /** How many events the chain has so far is unknown after a block that could not be read. */
  #hasGap = false;

  /** @param before the header before the first checked block, which is trusted; by default the chain begins */
  constructor(before?: Header) {
    this.#tip = before === undefined ? NO_TIP : tipAfter(before);
  }

  get tip(): Tip {
    return this.#tip;
  }

  /**
   * Checks the next block.
   * @param hash the block's hash in the list of blocks, or in the block after it
   * @returns what is wrong with it
   */
  next({ header, leaves }: Checked, hash = hashOf(header)): string[] {
    const { number, total, sealed_at, latest, hash: previous } = this.#tip;
    const problems = [
      ...(hashOf(header) === hash ? [] : ['its header was changed']),
      ...(header.number === number + 1
        ? []
        : [`it follows block ${number}: blocks were removed, inserted or reordered`]),
      ...(header.previous === previous ? [] : ['it does not contain the hash of the block before it']),
      ...(this.#hasGap || header.first === total + 1
        ? []
        : [`its events begin with number ${header.first}, not ${total + 1}`]),
      ...(header.count === leaves.length
        ? []
        : [`it has ${leaves.length} events, but was sealed with ${header.count}`]),
      ...(merkleRoot(leaves) === header.root ? [] : ['its events are not those that were sealed, or in another order']),
      ...(header.sealed_at >= sealed_at && header.latest >= latest
        ? []
        : ['its times are before those of the block before it']),
    ];
    this.#tip = { ...tipAfter(header), hash };
    this.#hasGap = false;
    return problems;
  }

  /** Continues after a block that cannot be read. @param hash its hash in the list of blocks */
  skip(hash: string): void {
    this.#tip = { ...this.#tip, number: this.#tip.number + 1, hash };
    this.#hasGap = true;
  }
}

/** Compares a signed head with the chain that it signs. @param publicKey in PEM form. @returns what is wrong with it */
export function problemsOfHead(signed: SignedHead, tip: Tip, publicKey: string): string[] {
  const isOfTip = (['number', 'hash', 'total', 'sealed_at'] as const).every((name) => signed[name] === tip[name]);
  return [
    ...(isSignedBy(publicKey, signed) ? [] : ['its signature is not of this key']),
    ...(isOfTip
      ? []
      : [
          `it signs block ${signed.number} with ${signed.total} events, but the chain ends with block ${tip.number} and ${tip.total} events`,
        ]),
  ];
}
