import type { Chance } from './schedule.ts';

/** Probabilities of the faults. Each seed draws its own. */
export type Faults = {
  /** Per request to AWS. */
  readonly throttled: number;
  readonly conflict: number;
  /** AWS processes a part of a batch of reads, writes or messages. */
  readonly unprocessed: number;
  /** An index lacks the latest writes. */
  readonly stale: number;
  /** The request has its effect, but its answer is lost. */
  readonly answerLost: number;
  readonly slow: number;
  /** The process dies before an effect, or between the effect and its answer. */
  readonly death: number;
  /** Per message. */
  readonly duplicate: number;
  readonly lapse: number;
  readonly lostPoll: number;
  /** Per publication. */
  readonly topicDown: number;
  /** Per delivery of a stream: it is repeated, or skipped. */
  readonly replay: number;
  readonly gap: number;
  /** Per call to a rail. */
  readonly callLost: number;
  readonly callLate: number;
  /** The call has its effect, but the answer is a 500 or garbage. */
  readonly callBroken: number;
  /** A 500, garbage or a refused connection, without any effect. */
  readonly callFailed: number;
  /** The call arrives in time, but the rail processes it for longer than the deadline. */
  readonly settledLate: number;
  readonly refused: number;
  readonly lookupDown: number;
};
export type FaultName = keyof Faults;

/** The highest probability that a seed draws. */
const WORST: Faults = {
  throttled: 0.05,
  conflict: 0.15,
  unprocessed: 0.3,
  stale: 0.3,
  answerLost: 0.03,
  slow: 0.1,
  death: 0.04,
  duplicate: 0.2,
  lapse: 0.1,
  lostPoll: 0.1,
  topicDown: 0.3,
  replay: 0.3,
  gap: 0.3,
  callLost: 0.2,
  callLate: 0.25,
  callBroken: 0.2,
  callFailed: 0.3,
  settledLate: 0.3,
  refused: 0.5,
  lookupDown: 0.3,
};
const HOTTEST = 0.7;
export const FAULT_NAMES = Object.keys(WORST) as FaultName[];
export const NO_FAULTS = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Faults;

/** @returns the same probabilities, with some set to 0 */
export function withoutFaults(faults: Faults, without: ReadonlySet<FaultName>): Faults {
  return { ...faults, ...Object.fromEntries([...without].map((name) => [name, 0])) };
}

/** Faults that occur together: of processes, rails, the database, messages. */
const THEMES: readonly (readonly FaultName[])[] = [
  ['slow', 'death', 'answerLost', 'duplicate', 'lapse'],
  ['callLost', 'callLate', 'callBroken', 'callFailed', 'settledLate', 'lookupDown', 'refused'],
  ['throttled', 'conflict', 'unprocessed', 'stale', 'answerLost'],
  ['lostPoll', 'duplicate', 'lapse', 'topicDown', 'replay', 'gap'],
];

/**
 * Each seed lacks some faults, since nothing makes progress if everything fails. In half of the seeds some faults of one
 * theme are frequent, so that several of them happen in a row.
 */
export function drawFaults(chance: Chance): Faults {
  const theme = chance.isTrue(0.5) ? chance.oneOf(THEMES) : [];
  const hot = new Set(Array.from({ length: 3 }, () => theme.length > 0 && chance.oneOf(theme)));
  const rates = FAULT_NAMES.map((name): [FaultName, number] => {
    if (hot.has(name)) return [name, Math.min(HOTTEST, WORST[name] * chance.between(2, 4))];
    return [name, chance.isTrue(theme.length > 0 ? 0.7 : 0.4) ? 0 : WORST[name] * chance.next()];
  });
  return Object.fromEntries(rates) as Faults;
}
