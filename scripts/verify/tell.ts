/** A check and all that it found, or as much of it as is wanted: a line each. */
export function lines(sentence: string, found: readonly string[], most = Number.POSITIVE_INFINITY): string[] {
  const more = found.length > most ? [`        ! and ${found.length - most} more`] : [];
  return [
    `${found.length === 0 ? 'ok  ' : 'FAIL'}  ${sentence}`,
    ...found.slice(0, most).map((says) => `        ! ${says}`),
    ...more,
  ];
}
