/** Ids that Sluice makes: a prefix and the 32 hexadecimal digits of a UUID. */
export function generatedId<Id extends string>(prefix: string) {
  const pattern = new RegExp(`^${prefix}_[0-9a-f]{32}$`);
  return {
    pattern,
    parse: (text: string) => (pattern.test(text) ? (text as Id) : undefined),
    /** @param uuid a new one */
    from: (uuid: string) => `${prefix}_${uuid.replaceAll('-', '')}` as Id,
  };
}
