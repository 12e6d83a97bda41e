import { Metrics } from '@aws-lambda-powertools/metrics';
import type { PublishMetrics } from '../kernel/metrics.ts';

const SERVICE = 'sluice';

/**
 * Prints metrics to the standard output as one line in the embedded metric format. CloudWatch reads it from the function's log
 * group. Nothing is printed if POWERTOOLS_METRICS_DISABLED is true, as `npm start` sets it.
 *
 * @param stage is part of the namespace, `sluice-<stage>`
 */
export function metricsOf(stage: string): PublishMetrics {
  return (metrics, about = {}) => {
    // One for each call: it collects metrics, and runs of a process may overlap.
    const line = new Metrics({ namespace: `${SERVICE}-${stage}`, serviceName: SERVICE });
    for (const [name, value] of Object.entries(about)) line.addDimension(name, value);
    for (const [name, { unit, value }] of Object.entries(metrics)) line.addMetric(name, unit, value);
    line.publishStoredMetrics();
  };
}
