import { type CloudEvent, nameOfEvent } from '../events/index.ts';
import { type Block, entryOf, type Header } from './block.ts';
import type { SignedHead } from './head.ts';
import type { Chain, Listed, SealDeps } from './ports.ts';

/**
 * The lines of an exported file, each one JSON object: the range; the blocks with their events; the signed head of the last block.
 * The blocks are whole and follow each other, so the file proves itself from the first block to the signature.
 */
export type ExportLine =
  | {
      readonly type: 'audit_export';
      readonly version: 1;
      readonly from: string;
      readonly to: string;
      readonly before: Header | null;
    }
  | {
      readonly type: 'block';
      readonly header: Header;
      readonly leaves: readonly string[];
      readonly events: readonly CloudEvent[];
    }
  | { readonly type: 'head'; readonly signed: SignedHead; readonly public_key: string };

type ExportDeps = Pick<SealDeps, 'log'> & {
  readonly chain: Chain;
  /** In PEM form. */
  readonly publicKey: () => Promise<string>;
};

/** The range cannot be exported: nothing is sealed in it, or the store differs from the seals. */
export class NotExportable extends Error {
  override readonly name = 'NotExportable';
}

/**
 * Exports all sealed events with times from `from` up to and without `to`, with the other events of their blocks and of the
 * blocks in between.
 * @param range ISO 8601 times in UTC, with milliseconds
 * @throws NotExportable
 */
export async function* exportLog(
  deps: ExportDeps,
  { from, to }: { from: string; to: string },
): AsyncGenerator<ExportLine> {
  const { chain, publicKey } = deps;
  const { before, blocks } = await blocksOf(chain, from, to);
  const last = blocks.at(-1);
  if (!last) throw new NotExportable(`No event from ${from} to ${to} is sealed.`);
  const headerBefore = before ? (await chain.read(before)).header : null;
  yield { type: 'audit_export', version: 1, from, to, before: headerBefore };
  for (const listed of blocks) {
    const block = await chain.read(listed);
    const leaves = block.entries.map(({ hash }) => hash);
    yield { type: 'block', header: block.header, leaves, events: await eventsOf(deps, block) };
  }
  yield { type: 'head', signed: await chain.kept(last.number), public_key: await publicKey() };
}

/** From the first block with an event of the range or after it, to the last block with an event of the range or before it. */
async function blocksOf(chain: Chain, from: string, to: string): Promise<{ before?: Listed; blocks: Listed[] }> {
  let before: Listed | undefined;
  const blocks: Listed[] = [];
  for await (const block of chain.listed('')) {
    if (blocks.length === 0 && block.last < from) before = block;
    else blocks.push(block);
  }
  while ((blocks.at(-1)?.earliest ?? '') >= to) blocks.pop();
  return before ? { before, blocks } : { blocks };
}

async function eventsOf({ log }: ExportDeps, { header, entries }: Block): Promise<CloudEvent[]> {
  const stored = await log.byKeys(entries);
  const events = new Map(stored.map(({ key, event }) => [nameOfEvent(key), event]));
  return entries.map((entry, index) => {
    const event = events.get(nameOfEvent(entry));
    if (event && entryOf(event).hash === entry.hash) return event;
    const problem = `Event ${header.first + index} of block ${header.number} (${entry.position}) is not stored as it was sealed.`;
    throw new NotExportable(`${problem} Run: npm run verify -- --domain events`);
  });
}
