import type { Job } from '../../../../client/index.ts';

export const isEnded = (status: Job['status']): boolean =>
  status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';

/** `2026-11-01 to 2026-11-30` */
export const daysText = ({ from, to }: Pick<Job, 'from' | 'to'>): string => (from === to ? from : `${from} to ${to}`);
