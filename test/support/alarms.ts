import type { Resource } from './compiled-stack.ts';
import type { LogLine } from './log-lines.ts';

type Dimensions = Readonly<Record<string, string>>;
/** `at`: epoch milliseconds */
export type Datapoint = {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
  readonly value: number;
  readonly at: number;
};
type Emf = {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
};

/**
 * What CloudWatch reads from log lines in the embedded metric format. It leaves out a metric whose value is no number, and a set of
 * dimensions of which one is no text.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param at the virtual time of the run; the lines have the time of the machine
 */
export function datapointsIn(lines: readonly LogLine[], at: number): Datapoint[] {
  return lines
    .filter((line) => '_aws' in line)
    .flatMap((line) => {
      const directives = (line as unknown as Emf)._aws.CloudWatchMetrics;
      return directives.flatMap(({ Namespace: namespace, Dimensions: sets, Metrics }) =>
        sets.flatMap((set) => {
          const dimensions = Object.fromEntries(set.map((name) => [name, line[name]]));
          if (Object.values(dimensions).some((value) => typeof value !== 'string')) return [];
          return Metrics.flatMap(({ Name: name }) => {
            const value = line[name];
            if (typeof value !== 'number') return [];
            return [{ namespace, name, dimensions: dimensions as Dimensions, value, at }];
          });
        }),
      );
    });
}

/**
 * The state in which CloudWatch would have an alarm on one metric at a time, by the definition in the template: of the last periods,
 * enough breach. A period without data is what TreatMissingData says.
 *
 * @param now epoch milliseconds: the end of the last period
 */
export function stateOf({ Properties: alarm }: Resource, points: readonly Datapoint[], now: number): 'ALARM' | 'OK' {
  const wanted = Object.fromEntries(
    (alarm.Dimensions as { Name: string; Value: string }[]).map(({ Name, Value }) => [Name, Value]),
  );
  const isOfAlarm = ({ namespace, name, dimensions }: Datapoint) =>
    namespace === alarm.Namespace &&
    name === alarm.MetricName &&
    Object.keys(dimensions).length === Object.keys(wanted).length &&
    Object.entries(wanted).every(([key, value]) => dimensions[key] === value);
  const periodMs = alarm.Period * 1_000;
  const periods = Array.from({ length: alarm.EvaluationPeriods as number }, (_, index) => now - (index + 1) * periodMs);
  const breaches = periods.filter((from) => {
    const values = points.filter((point) => isOfAlarm(point) && point.at > from && point.at <= from + periodMs);
    if (values.length === 0) return alarm.TreatMissingData === 'breaching';
    return isBeyond(alarm, statistic(alarm.Statistic, values));
  });
  return breaches.length >= (alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods) ? 'ALARM' : 'OK';
}

function statistic(name: string, points: readonly Datapoint[]): number {
  const values = points.map(({ value }) => value);
  if (name === 'Maximum') return Math.max(...values);
  if (name === 'Sum') return values.reduce((sum, value) => sum + value, 0);
  throw new Error(`The statistic ${name} is not computed here.`);
}

function isBeyond({ ComparisonOperator: operator, Threshold }: Resource['Properties'], value: number): boolean {
  if (operator === 'GreaterThanThreshold') return value > Threshold;
  throw new Error(`The comparison ${operator} is not computed here.`);
}
