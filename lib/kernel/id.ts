import { createHash } from 'node:crypto';

/** Ids that Sluice makes: a prefix and 32 hexadecimal digits. */
export function generatedId<Id extends string>(prefix: string) {
  const pattern = new RegExp(`^${prefix}_[0-9a-f]{32}$`);
  return {
    pattern,
    parse: (text: string) => (pattern.test(text) ? (text as Id) : undefined),
    /** @param uuid a new one */
    from: (uuid: string) => `${prefix}_${uuid.replaceAll('-', '')}` as Id,
    /** The id that follows from these parts: the first 128 bits of the SHA-256 of the JSON array of the prefix and the parts. */
    derive(...parts: readonly string[]) {
      const hash = createHash('sha256').update(JSON.stringify([prefix, ...parts]));
      return `${prefix}_${hash.digest('hex').slice(0, 32)}` as Id;
    },
  };
}
