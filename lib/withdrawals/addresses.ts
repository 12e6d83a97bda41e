import { sha256 } from '@noble/hashes/sha2.js';
import { base58, createBase58check } from '@scure/base';
import * as bitcoin from 'bitcoin-address-validation';
import { addr as ethereum } from 'micro-eth-signer';
import type { Network } from './assets.ts';

/** Longer than any valid address. Longer text is not decoded. */
const MAX_CHARACTERS = 128;

type Kind = {
  /** The problem of an invalid address, as a public message. It does not contain the address. */
  readonly problem: (address: string) => string | undefined;
  /** The same spelling for all addresses of one destination. */
  readonly canonical: (address: string) => string;
};

const unchanged = (address: string) => address;
/** All bytes are zero: probably a field that the caller did not set. */
const ZERO_ADDRESS = 'is the zero address: amounts sent to it are lost';
const areZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

/** Base58Check, or bech32 and bech32m (BIP-173, BIP-350), of the main network. */
const BITCOIN: Kind = {
  problem: (address) => {
    if (!bitcoin.validate(address)) return 'is not a bitcoin address';
    const { network, type } = bitcoin.getAddressInfo(address);
    if (network !== bitcoin.Network.mainnet) return 'is of a bitcoin test network';
    // BIP-350 reserves addresses for future versions of witness programs: until then anyone can spend amounts that are sent there.
    return type === bitcoin.AddressType.unknown ? 'is of a witness version that bitcoin does not use yet' : undefined;
  },
  // Only bech32 ignores case.
  canonical: (address) => (/^bc1/i.test(address) ? address.toLowerCase() : address),
};

/** 20 bytes in hex; in mixed case the case is a checksum (EIP-55). */
const ETHEREUM: Kind = {
  problem: (address) => {
    if (!/^0x[0-9a-fA-F]{40}$/.test(address)) return 'is not 0x and 40 hexadecimal digits';
    const digits = address.slice(2);
    if (/^0+$/.test(digits)) return ZERO_ADDRESS;
    const isMixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
    return isMixed && !ethereum.isValid(address) ? 'has a wrong checksum (EIP-55)' : undefined;
  },
  canonical: (address) => address.toLowerCase(),
};

/** An Ed25519 public key, or a derived address: 32 bytes in base58, without a checksum. */
const SOLANA: Kind = {
  problem: (address) => {
    const bytes = decoded(base58, address);
    if (bytes?.length !== 32) return 'is not 32 bytes in base58';
    return areZero(bytes) ? ZERO_ADDRESS : undefined;
  },
  canonical: unchanged,
};

/** 21 bytes in Base58Check, the first of them 0x41 for the main network. */
const base58check = createBase58check(sha256);
const TRON: Kind = {
  problem: (address) => {
    const bytes = decoded(base58check, address);
    if (bytes?.length !== 21 || bytes[0] !== 0x41) return 'is not a tron address';
    return areZero(bytes.subarray(1)) ? ZERO_ADDRESS : undefined;
  },
  canonical: unchanged,
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

/** The problem of an address that is invalid on this network's main chain, as a public message. */
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
