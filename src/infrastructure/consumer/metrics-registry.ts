/** A `Registry` of prom-client, as far as it is needed here. */
export interface MetricsRegistry {
  /** The content type of what `metrics` gives. */
  readonly contentType: string;
  /** All metrics in the text format of Prometheus. */
  metrics(): Promise<string>;
  registerMetric(metric: unknown): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}
