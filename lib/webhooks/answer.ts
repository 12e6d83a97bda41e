/** Of an answer's body, in bytes. The rest is not read. */
export const MAX_ANSWER_BYTES = 16 * 1024;
const MAX_RETRY_AFTER_MS = 7 * 24 * 3600_000;

/** Characters that are unsafe in a terminal or a page: control characters except line breaks and tabs, and bidi overrides. */
const UNSAFE = /[[\p{Cc}\p{Bidi_Control}]--[\t\n\r]]/gv;
const REPLACEMENT = '\u{fffd}';

/** As text of at most 16 KB in UTF-8. Bytes that are not UTF-8 and unsafe characters become U+FFFD. */
export function answerText(bytes: Uint8Array): string {
  // As a stream, because a character may be cut in two at the end.
  const text = new TextDecoder().decode(bytes, { stream: true }).replace(UNSAFE, REPLACEMENT);
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(MAX_ANSWER_BYTES)).read);
}

/** Of a header Retry-After: seconds or an HTTP date (RFC 9110, section 10.2.3). At most 7 days. */
export function retryAfterMs(header: string | readonly string[] | undefined, now: number): number | undefined {
  const value = (typeof header === 'string' ? header : header?.[0])?.trim() ?? '';
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : /GMT$/.test(value) ? Date.parse(value) - now : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
