import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerText, retryAfterMs } from '../../lib/webhooks/answer.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const DAY_MS = 24 * 3600_000;

describe('the text of an answer', () => {
  it.each([
    ['{"ok":true}\r\n\tDone', '{"ok":true}\r\n\tDone'],
    ['grün 支払い 🎉', 'grün 支払い 🎉'],
    ['\u{1b}[31mred\u{7}\0', '\u{fffd}[31mred\u{fffd}\u{fffd}'],
    ['a\u{202e}b\u{2066}c\u{85}', 'a\u{fffd}b\u{fffd}c\u{fffd}'],
  ])('of %j is %j', (body, text) => {
    expect(answerText(Buffer.from(body))).toBe(text);
  });

  it('ends with a whole character', () => {
    expect(answerText(Buffer.from('a€').subarray(0, 3))).toBe('a');
  });

  it('has at most 16 KB, with nothing unsafe, for any bytes', () => {
    const body = fc.uint8Array({ maxLength: 16 * 1024, size: 'max' });
    fc.assert(
      fc.property(body, (bytes) => {
        const text = answerText(bytes);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16 * 1024);
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toMatch(/(?![\t\n\r])\p{Cc}/u);
      }),
      { numRuns: 100 },
    );
  });
});

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['9'.repeat(400), 7 * DAY_MS],
    ['Sun, 22 Nov 2026 10:00:30 GMT', 30_000],
    ['Sunday, 22-Nov-26 10:01:00 GMT', 60_000],
    ['Sun, 22 Nov 2020 10:00:00 GMT', 0],
    ['Sun, 22 Nov 9999 10:00:00 GMT', 7 * DAY_MS],
    ['-5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['soon', undefined],
    ['2026', 2_026_000],
    ['nonsense GMT', undefined],
    ['', undefined],
  ])('%j is %s ms', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });

  it('counts once if it is repeated, and may be absent', () => {
    expect(retryAfterMs(['3', '9'], NOW)).toBe(3_000);
    expect(retryAfterMs(undefined, NOW)).toBeUndefined();
  });
});
