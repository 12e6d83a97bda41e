import { createHash } from 'node:crypto';

/** Ids that Sluice makes: a prefix and 32 hexadecimal digits. */
export function generatedId<Id extends string>(prefix: string) {
  const pattern = new RegExp(`^${prefix}_[0-9a-f]{32}$`);
  return {
    pattern,
    parse: (text: string) => (pattern.test(text) ? (text as Id) : undefined),
    /** @param uuid a new one */
    from: (uuid: string) => `${prefix}_${uuid.replaceAll('-', '')}` as Id,
    /** The time is in front, so that the order of ids is the order of creation (as in UUIDv7, RFC 9562). @param uuid a new one */
    at(now: number, uuid: string) {
      const time = now.toString(16).padStart(12, '0');
      return `${prefix}_${time}${uuid.replaceAll('-', '').slice(12)}` as Id;
    },
    /** The id that follows from these parts: the first 128 bits of the SHA-256 of the JSON array of the prefix and the parts. */
    derive(...parts: readonly string[]) {
      const hash = createHash('sha256').update(JSON.stringify([prefix, ...parts]));
      return `${prefix}_${hash.digest('hex').slice(0, 32)}` as Id;
    },
  };
}
