import { pascalCase } from 'es-toolkit';
import { WORK } from './work.ts';

/** What has an age that is measured every minute, beside what GET /overview shows. */
export const AGES = [
  ...WORK,
  'chunks',
  'unknown_payouts',
  'unknown_withdrawals',
  'unsettled_days',
  'open_circuits',
] as const;
export type Age = (typeof AGES)[number];

/** `ChunksAge` of `chunks`. resources/alarms.cjs has an alarm on each. */
export const ageMetric = (age: Age): string => `${pascalCase(age)}Age`;
