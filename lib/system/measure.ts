import type { Metrics, PublishMetrics } from '../kernel/metrics.ts';
import { AGES, type Age, ageMetric } from './ages.ts';

/** Since when the oldest one is open; ISO 8601 UTC. `now`: epoch milliseconds */
type Since = (now: number) => Promise<string | undefined>;

export type MeasureDeps = {
  readonly since: Readonly<Record<Exclude<Age, 'chunks'>, Since>>;
  /** Of payouts in batches that are under way. `waitingSince`: of the oldest chunk that is due and that no worker has. */
  readonly openPayouts: (now: number) => Promise<{ waitingSince: string | undefined; open: number; unknown: number }>;
  /** Payouts that ended in the last whole minute. */
  readonly lastMinute: (now: number) => Promise<{ completed: number; failed: number }>;
  readonly publish: PublishMetrics;
  readonly now: () => number;
};

/**
 * Publishes how old the oldest open work of each kind is, and how payouts advance. An age is 0 if there is no such work. What
 * cannot be read has no metric: its alarm counts that as too old.
 *
 * @returns the ages that are not 0, in seconds
 * @throws AggregateError after all others were published, if something could not be read
 */
export async function measure(deps: MeasureDeps): Promise<Record<string, number>> {
  const now = deps.now();
  const count = (value: number) => ({ unit: 'Count', value }) as const;
  const age = (name: Age, since: string | undefined): Metrics => {
    const seconds = since === undefined ? 0 : Math.max(0, Math.round((now - Date.parse(since)) / 1_000));
    return { [ageMetric(name)]: { unit: 'Seconds', value: seconds } };
  };
  const ages = AGES.filter((name) => name !== 'chunks').map((name): [string, Promise<Metrics>] => [
    name,
    deps.since[name](now).then((since) => age(name, since)),
  ]);
  const openPayouts = deps.openPayouts(now).then(({ waitingSince, open, unknown }) => ({
    ...age('chunks', waitingSince),
    PayoutsOpen: count(open),
    PayoutsUnknown: count(unknown),
  }));
  const lastMinute = deps.lastMinute(now).then(({ completed, failed }) => ({
    PayoutsCompleted: count(completed),
    PayoutsFailed: count(failed),
  }));
  const reads: [string, Promise<Metrics>][] = [...ages, ['chunks', openPayouts], ['throughput', lastMinute]];

  const ended = await Promise.allSettled(reads.map(([, read]) => read));
  const metrics: Metrics = Object.assign({}, ...ended.map((each) => (each.status === 'fulfilled' ? each.value : {})));
  if (Object.keys(metrics).length > 0) deps.publish(metrics);
  const failures = ended.flatMap((each, index) =>
    each.status === 'rejected' ? [new Error(`${reads[index]?.[0]}: ${each.reason}`, { cause: each.reason })] : [],
  );
  if (failures.length > 0) {
    throw new AggregateError(failures, `not measured: ${failures.map(({ message }) => message).join('; ')}`);
  }
  const old = AGES.map((name) => [name, metrics[ageMetric(name)]?.value ?? 0] as const).filter(
    ([, value]) => value > 0,
  );
  return Object.fromEntries(old.map(([name, value]) => [`${name}_age`, value]));
}
