export type Metric = { readonly unit: 'Seconds' | 'Milliseconds' | 'Count'; readonly value: number };
/** By their names. */
export type Metrics = Readonly<Record<string, Metric>>;
/** Publishes metrics of this moment. `about`: the dimensions that they have beside the service. */
export type PublishMetrics = (metrics: Metrics, about?: Readonly<Record<string, string>>) => void;
