import { sha256 } from '@noble/hashes/sha2.js';
import { base58, createBase58check } from '@scure/base';
import * as bitcoin from 'bitcoin-address-validation';
import { addr as ethereum } from 'micro-eth-signer';
import type { Network } from './networks.ts';

/** Longer than any address; nothing longer is decoded. */
const MAX_CHARACTERS = 128;

type Kind = {
  /** What is wrong with an address, in public words that do not repeat it. */
  readonly problem: (address: string) => string | undefined;
  /** One spelling for all that name the same destination. */
  readonly canonical: (address: string) => string;
};

const asIs = (address: string) => address;
const ZERO_ADDRESS = `0x${'0'.repeat(40)}`;

/** Base58Check, or bech32 and bech32m (BIP-173, BIP-350), of the main network. */
const BITCOIN: Kind = {
  problem: (address) => {
    if (bitcoin.validate(address, bitcoin.Network.mainnet)) return undefined;
    return bitcoin.validate(address) ? 'is of a bitcoin test network' : 'is not a bitcoin address';
  },
  // Only bech32 has capitals and small letters that mean the same.
  canonical: (address) => (/^bc1/i.test(address) ? address.toLowerCase() : address),
};

/** 20 bytes in hex; in mixed case the case is a checksum (EIP-55). */
const ETHEREUM: Kind = {
  problem: (address) => {
    if (!/^0x[0-9a-fA-F]{40}$/.test(address)) return 'is not 0x and 40 hexadecimal digits';
    if (address === ZERO_ADDRESS) return 'is the zero address, from which nothing comes back';
    const digits = address.slice(2);
    const isMixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
    return isMixed && !ethereum.isValid(address) ? 'has a wrong checksum (EIP-55)' : undefined;
  },
  canonical: (address) => address.toLowerCase(),
};

/** An Ed25519 public key, or a derived address: 32 bytes in base58, without a checksum. */
const SOLANA: Kind = {
  problem: (address) => (decoded(base58, address)?.length === 32 ? undefined : 'is not 32 bytes in base58'),
  canonical: asIs,
};

/** 21 bytes in Base58Check, the first of them 0x41 for the main network. */
const base58check = createBase58check(sha256);
const TRON: Kind = {
  problem: (address) => {
    const bytes = decoded(base58check, address);
    return bytes?.length === 21 && bytes[0] === 0x41 ? undefined : 'is not a tron address';
  },
  canonical: asIs,
};

const KINDS: Readonly<Record<Network, Kind>> = {
  bitcoin: BITCOIN,
  ethereum: ETHEREUM,
  polygon: ETHEREUM,
  bsc: ETHEREUM,
  arbitrum: ETHEREUM,
  base: ETHEREUM,
  optimism: ETHEREUM,
  solana: SOLANA,
  tron: TRON,
};

/** What to tell the sender of an address that is none of this network's main chain. */
export function addressProblem(network: Network, address: string): string | undefined {
  if (address.length > MAX_CHARACTERS) return `must be at most ${MAX_CHARACTERS} characters`;
  return KINDS[network].problem(address);
}

/** @param address a valid one */
export function canonicalAddress(network: Network, address: string): string {
  return KINDS[network].canonical(address);
}

function decoded(coder: { decode(text: string): Uint8Array }, address: string): Uint8Array | undefined {
  try {
    return coder.decode(address);
  } catch {
    return undefined;
  }
}
