import { z } from 'zod';
import { ChainChecker, problemsOfHead } from './check-chain.ts';
import { leafHash } from './hash.ts';
import { fingerprintOf } from './head.ts';
import { headerSchema, signedHeadSchema } from './schemas.ts';

const eventSchema = z.looseObject({ id: z.string(), time: z.string() });
const lineSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('audit_export'),
    version: z.literal(1),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    before: headerSchema.nullable(),
  }),
  z.strictObject({
    type: z.literal('block'),
    header: headerSchema,
    leaves: z.array(z.string()),
    events: z.array(eventSchema),
  }),
  z.strictObject({ type: z.literal('head'), signed: signedHeadSchema, public_key: z.string() }),
]);
type Line = z.output<typeof lineSchema>;
type OfType<Type extends Line['type']> = Extract<Line, { type: Type }>;

export type ExportChecked = {
  /** What is wrong with the file. If there is anything, it proves nothing. */
  readonly problems: readonly string[];
  /** What the file proves, in sentences. */
  readonly proves: readonly string[];
};

/**
 * Checks an exported file on its own, without access to the service.
 * @param trusted the public key in PEM form, from a source other than the file; undefined: the key in the file is taken
 */
export async function checkExport(lines: AsyncIterable<string>, trusted?: string): Promise<ExportChecked> {
  const check = new ExportCheck(trusted);
  let number = 0;
  for await (const line of lines) {
    number += 1;
    const parsed = lineSchema.safeParse(jsonIn(line));
    if (!parsed.success)
      return { problems: [`line ${number} is unreadable: ${z.prettifyError(parsed.error)}`], proves: [] };
    check.add(parsed.data, number);
  }
  return check.result();
}

class ExportCheck {
  readonly #trusted: string | undefined;
  readonly #problems: string[] = [];
  #range: OfType<'audit_export'> | undefined;
  #head: OfType<'head'> | undefined;
  #chain = new ChainChecker();
  #first: OfType<'block'>['header'] | undefined;
  #last: OfType<'block'>['header'] | undefined;

  constructor(trusted: string | undefined) {
    this.#trusted = trusted;
  }

  add(line: Line, number: number): void {
    const isFirst = number === 1;
    if (isFirst !== (line.type === 'audit_export') || this.#head) this.#problems.push(`line ${number} is out of place`);
    if (line.type === 'audit_export') this.#begin(line);
    else if (line.type === 'block') this.#addBlock(line);
    else this.#end(line);
  }

  #begin(line: OfType<'audit_export'>): void {
    this.#range = line;
    this.#chain = new ChainChecker(line.before ?? undefined);
    if (line.before && line.before.latest >= line.from) {
      this.#problems.push('blocks before the first one of the file have events of the range');
    }
  }

  #addBlock({ header, leaves, events }: OfType<'block'>): void {
    this.#first ??= header;
    this.#last = header;
    const found = [...this.#chain.next({ header, leaves }), ...problemsOfEvents(header.first, leaves, events)];
    this.#problems.push(...found.map((problem) => `block ${header.number}: ${problem}`));
  }

  #end(line: OfType<'head'>): void {
    this.#head = line;
    const key = this.#trusted ?? line.public_key;
    try {
      if (fingerprintOf(line.public_key) !== line.signed.key)
        this.#problems.push('the signed head: it names another key');
      const found = problemsOfHead(line.signed, this.#chain.tip, key);
      this.#problems.push(...found.map((problem) => `the signed head: ${problem}`));
    } catch {
      this.#problems.push('the signed head: its public key is unreadable');
    }
  }

  result(): ExportChecked {
    const [range, head, first, last] = [this.#range, this.#head, this.#first, this.#last];
    if (!range || !head || !first || !last)
      return { problems: [...this.#problems, 'the file is not complete'], proves: [] };
    if (this.#problems.length > 0) return { problems: this.#problems, proves: [] };
    const end = last.first + last.count - 1;
    const signed = `Block ${last.number} and all before it are signed with the key ${fingerprintOf(this.#trusted ?? head.public_key)}.`;
    return {
      problems: [],
      proves: [
        `Events ${first.first} to ${end} were sealed in this order in blocks ${first.number} to ${last.number}, at ${first.sealed_at} to ${last.sealed_at} by the clock of the service.`,
        'None of them was changed, removed, inserted or moved since then.',
        `They include every event with a time from ${range.from} up to ${range.to} that was sealed in block ${last.number} or before.`,
        this.#trusted === undefined
          ? `${signed} The key is from the file itself: compare it with one that you know, or use --public-key.`
          : signed,
      ],
    };
  }
}

/** Compares events with the leaves that were sealed. */
function problemsOfEvents(
  first: number,
  leaves: readonly string[],
  events: readonly z.output<typeof eventSchema>[],
): string[] {
  const hashes = events.map((event) => leafHash(event));
  const [expected, found] = [new Set(leaves), new Set(hashes)];
  const missing = leaves.flatMap((leaf, index) =>
    found.has(leaf) ? [] : [`event ${first + index} was changed or removed`],
  );
  const inserted = events.flatMap(({ id }, index) =>
    expected.has(hashes[index] ?? '') ? [] : [`${id} was changed or inserted`],
  );
  const isReordered = missing.length + inserted.length === 0 && hashes.join() !== leaves.join();
  return [...missing, ...inserted, ...(isReordered ? ['its events were reordered or repeated'] : [])];
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
