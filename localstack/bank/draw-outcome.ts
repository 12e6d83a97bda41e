import { hash } from 'node:crypto';
import type { RefusalCode } from './refusals.ts';
import { latencyRange, type Settings } from './settings.ts';

/** What the client receives once the outcome has taken effect. Only `contract` states the outcome. */
type Answer = 'contract' | 'none' | 'server error' | 'truncated JSON' | 'HTML page';

/** `refusal: null` means that the money moves. */
export type DrawnOutcome = {
  readonly refusal: RefusalCode | null;
  readonly answer: Answer;
  readonly latencyMs: number;
};

/** Mode `random`: the share of each outcome. */
const RANDOM_OUTCOMES: readonly (readonly [percent: number, refusal: RefusalCode | null])[] = [
  [85, null],
  [5, 'INVALID_BANK_ACCOUNT'],
  [3, 'BANK_API_TIMEOUT'],
  [3, 'INSUFFICIENT_FUNDS'],
  [2, 'ACCOUNT_BLOCKED'],
  [2, 'RATE_LIMITED'],
];

/**
 * The outcome of an instruction that arrives now: a pure function of settings and reference, so a run with the same seed
 * repeats. `lost` is mode `timeout`: the bank neither records nor answers the instruction.
 */
export function drawOutcome(settings: Settings, reference: string): DrawnOutcome | 'lost' {
  const latencyMs = drawLatency(settings, reference);
  const chance = (purpose: string) => draw(settings, reference, purpose);
  switch (settings.mode) {
    case 'happy':
    case 'latency':
    case 'reorg':
      return { refusal: null, answer: 'contract', latencyMs };
    case 'timeout':
      return 'lost';
    case 'timeout-after-effect':
      return { refusal: null, answer: 'none', latencyMs };
    case '500':
      // The half that moves no money is recorded as refused, so a look-up of it never answers not_found.
      return { refusal: chance('effect') < 0.5 ? null : 'BANK_API_TIMEOUT', answer: 'server error', latencyMs };
    case 'declined':
      return { refusal: settings.code, answer: 'contract', latencyMs };
    case 'garbage':
      return { refusal: null, answer: chance('garbage') < 0.5 ? 'truncated JSON' : 'HTML page', latencyMs };
    case 'random':
      return { refusal: randomOutcome(chance('outcome')), answer: 'contract', latencyMs };
  }
}

function randomOutcome(chance: number): RefusalCode | null {
  let percentSoFar = 0;
  for (const [percent, refusal] of RANDOM_OUTCOMES) {
    percentSoFar += percent;
    if (chance * 100 < percentSoFar) return refusal;
  }
  return null;
}

/** Whole milliseconds, uniform, both ends included. */
function drawLatency(settings: Settings, reference: string): number {
  const [min, max] = latencyRange(settings);
  return min === max ? min : min + Math.floor(draw(settings, reference, 'latency') * (max - min + 1));
}

/** Uniform in [0, 1). Draws for different purposes are independent. */
export function draw({ seed }: Settings, reference: string, purpose: string): number {
  const digest = hash('sha1', `${seed}\n${purpose}\n${reference}`, 'buffer');
  return digest.readUInt32BE(0) / 2 ** 32;
}
