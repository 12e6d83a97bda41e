import type { Chance } from './schedule.ts';

/** How often what goes wrong, as probabilities. A seed draws its own, so that seeds differ in what they try. */
export type Faults = {
  /** Of each request to AWS. */
  readonly throttled: number;
  readonly conflict: number;
  /** Of a batch of reads, writes or messages only a part is done. */
  readonly unprocessed: number;
  /** An index does not have yet what was written lately. */
  readonly stale: number;
  /** It has its effect, and the answer gets lost. */
  readonly answerLost: number;
  readonly slow: number;
  /** The process dies before something has its effect, or after it, before the answer. */
  readonly death: number;
  /** Of each message. */
  readonly duplicate: number;
  readonly lapse: number;
  readonly lostPoll: number;
  /** Of each publication. */
  readonly topicDown: number;
  /** Of each delivery of a stream: it comes again, or never. */
  readonly replay: number;
  readonly gap: number;
  /** Of each call to a rail. */
  readonly callLost: number;
  readonly callLate: number;
  /** It has its effect, and what is answered is a 500 or garbage. */
  readonly callBroken: number;
  /** A 500, garbage, or a connection that is refused: it has no effect, and never will. */
  readonly callFailed: number;
  /** It arrives in time, and is processed for longer than the call takes. */
  readonly settledLate: number;
  readonly refused: number;
  readonly lookupDown: number;
};
export type FaultName = keyof Faults;

/** The most that a seed draws. */
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

/** @returns the same, without some of them */
export function withoutFaults(faults: Faults, without: ReadonlySet<FaultName>): Faults {
  return { ...faults, ...Object.fromEntries([...without].map((name) => [name, 0])) };
}

/** What goes wrong together: with processes, with rails, with the database, with messages. */
const THEMES: readonly (readonly FaultName[])[] = [
  ['slow', 'death', 'answerLost', 'duplicate', 'lapse'],
  ['callLost', 'callLate', 'callBroken', 'callFailed', 'settledLate', 'lookupDown', 'refused'],
  ['throttled', 'conflict', 'unprocessed', 'stale', 'answerLost'],
  ['lostPoll', 'duplicate', 'lapse', 'topicDown', 'replay', 'gap'],
];

/**
 * Some faults are absent from a seed, others frequent: histories in which everything fails get nowhere. In some seeds a few
 * of one theme are what happens as a rule, so that what takes several of them in a row happens, too.
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
