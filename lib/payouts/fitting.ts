/** Bytes of each of the lists of an answer: together with the rest they stay below Lambda's 6 MB. The CSV has all payouts. */
const LIST_BYTES = 1_900_000;

/** The first entries whose JSON takes at most {@link LIST_BYTES} in the answer, where quotes are escaped. */
export function fitting<Entry>(entries: readonly Entry[]): Entry[] {
  let bytes = 0;
  const end = entries.findIndex((entry) => {
    bytes += Buffer.byteLength(JSON.stringify(JSON.stringify(entry)));
    return bytes > LIST_BYTES;
  });
  return end < 0 ? [...entries] : entries.slice(0, end);
}
