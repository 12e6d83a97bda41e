import { pMapIterable } from 'p-map';
import { type Block, entryOf } from '../../lib/audit/block.ts';
import { ChainChecker, problemsOfHead } from '../../lib/audit/check-chain.ts';
import type { Chain, Head, Listed } from '../../lib/audit/ports.ts';
import { cloudEvent, nameOfEvent } from '../../lib/events/index.ts';
import { eventOfItem, keyOfItem } from '../../lib/events/items.ts';
import { attempt, type Difference, type Item } from './difference.ts';
import { many } from './examination.ts';

export const SEALS_CHECKS = {
  chain: 'the sealed blocks are one chain, up to a signed head',
  sealed: 'every sealed event is stored as it was sealed',
  unsealed: 'every event that the sealer has read past is sealed',
} as const;
type Check = keyof typeof SEALS_CHECKS;

const BLOCKS_AT_ONCE = 16;
/** The sealer runs every minute. */
const SEALED_WITHIN_MS = 5 * 60_000;

type Readable = Pick<Chain, 'head' | 'listed' | 'read' | 'lastKept'>;
type Sealed = { readonly block: number; readonly sequence: number; readonly hash: string; isStored: boolean };
type Found = Difference<Check> & { readonly block: number };

const partsOf = (name: string) => /^(?<subject>.*) (?<time>\S+?)#(?<id>.*)$/s.exec(name)?.groups ?? {};

/** Compares the stored events with the blocks that seal them. An event is sealed after it is stored: so read the blocks first. */
export class Seals {
  readonly #sealed = new Map<string, Sealed>();
  readonly #unsealed = new Set<string>();
  readonly #blocks = new Set<string>();
  readonly #checker = new ChainChecker();
  readonly #found: Found[] = [];
  #head: Head | undefined;

  /** Reads all blocks up to the head, and checks the chain. @param publicKey in PEM form */
  async read(chain: Readable, publicKey: string): Promise<void> {
    const head = await chain.head();
    this.#head = head;
    if (!head) return;
    const read = async (listed: Listed) => ({ listed, block: await chain.read(listed).catch((error: Error) => error) });
    const blocks = pMapIterable(chain.listed(''), read, { concurrency: BLOCKS_AT_ONCE });
    for await (const { listed, block } of blocks) if (listed.number <= head.number) this.#addBlock(listed, block);
    const unsigned = head.number === 0 ? [] : ['it has no signature'];
    const problems = head.signed ? problemsOfHead(head.signed, this.#checker.tip, publicKey) : unsigned;
    for (const problem of problems) this.#find('chain', head.number, `the head: ${problem}`);
    const kept = await chain.lastKept(head.number);
    if (kept === undefined || ((await chain.head())?.number ?? 0) >= kept) return;
    this.#find('chain', head.number + 1, `the head: it was moved back to block ${head.number} from block ${kept}`);
  }

  #addBlock({ number, hash }: Listed, block: Block | Error): void {
    this.#blocks.add(hash);
    if (block instanceof Error) {
      this.#checker.skip(hash);
      const problem =
        block.name === 'NoSuchKey' ? 'it was removed from the bucket' : `it is unreadable: ${block.message}`;
      this.#find('chain', number, `block ${number}: ${problem}`);
      return;
    }
    const { header, entries } = block;
    const problems = this.#checker.next({ header, leaves: entries.map((entry) => entry.hash) }, hash);
    for (const problem of problems) this.#find('chain', number, `block ${number}: ${problem}`);
    for (const [index, entry] of entries.entries()) {
      const sealed = { block: number, sequence: header.first + index, hash: entry.hash, isStored: false };
      const before = this.#sealed.get(nameOfEvent(entry));
      if (before) this.#findEvent(nameOfEvent(entry), sealed, `it was sealed before, in block ${before.block}`);
      this.#sealed.set(nameOfEvent(entry), sealed);
    }
  }

  /** @param item of the events table; others than events are ignored */
  addItem(item: Item): void {
    if (!`${item.pk}`.startsWith('SUBJECT#')) return;
    const name = nameOfEvent(keyOfItem(item));
    const sealed = this.#sealed.get(name);
    if (!sealed) {
      this.#unsealed.add(name);
      return;
    }
    sealed.isStored = true;
    const { value } = attempt(() => entryOf(cloudEvent(eventOfItem(item))).hash) as { value?: string };
    if (value !== sealed.hash) this.#findEvent(name, sealed, 'it was changed');
  }

  /** Call it after all items are added. Events may have been sealed since the blocks were read. */
  async readNew(chain: Readable): Promise<void> {
    if (!this.#head || this.#unsealed.size === 0) return;
    for await (const listed of chain.listed(this.#head.sealed_at)) {
      if (this.#blocks.has(listed.hash)) continue;
      for (const entry of (await chain.read(listed)).entries) this.#unsealed.delete(nameOfEvent(entry));
    }
  }

  /** Call it once, at the end. The first difference is of the first block that differs. */
  differences(now: number): Found[] {
    const moved = new Map([...this.#unsealed].map((name) => [partsOf(name).id, name]));
    for (const [name, sealed] of this.#sealed) {
      if (sealed.isStored) continue;
      const other = moved.get(partsOf(name).id);
      if (other !== undefined) this.#unsealed.delete(other);
      const problem =
        other === undefined ? 'it was removed' : `it was moved from ${partsOf(name).time} to ${partsOf(other).time}`;
      this.#findEvent(name, sealed, problem);
    }
    for (const name of this.#unsealed) {
      const problem = this.#problemOfUnsealed(partsOf(name).time ?? '', now);
      if (problem) this.#find('unsealed', Number.POSITIVE_INFINITY, `${partsOf(name).id}: ${problem}`);
    }
    return this.#found.sort((a, b) => a.block - b.block);
  }

  #problemOfUnsealed(time: string, now: number): string | undefined {
    const { from, checked_at: checkedAt } = this.#head ?? {};
    if (from !== undefined && time < from)
      return `is not sealed, but the sealer has read all events before ${from}: it was stored late or inserted`;
    const before = new Date(now - SEALED_WITHIN_MS).toISOString();
    if (time >= before || (checkedAt ?? '') >= before) return undefined;
    return `has not been sealed since ${time}: ${checkedAt ? `the sealer has not run since ${checkedAt}` : 'there is no head'}`;
  }

  /** How many events were not sealed when the blocks were read. */
  get unsealed(): number {
    return this.#unsealed.size;
  }

  /** Call it after {@link differences}. */
  get notes(): string[] {
    const head = this.#head;
    if (!head) return ['nothing is sealed yet'];
    const [first] = this.#found;
    return [
      `sealed until ${head.checked_at}: ${many(head.total, 'event')} in ${many(head.number, 'block')}; not sealed yet: ${this.unsealed}`,
      ...(first && Number.isFinite(first.block) ? [`the first block that differs is ${first.block}`] : []),
    ];
  }

  #findEvent(name: string, { block, sequence }: Sealed, problem: string): void {
    this.#find('sealed', block, `block ${block}, event ${sequence} (${partsOf(name).id}): ${problem}`);
  }

  #find(check: Check, block: number, message: string): void {
    this.#found.push({ check, id: `${block}`, message, block });
  }
}
