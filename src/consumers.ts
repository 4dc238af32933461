/**
 * `waymark/consumers`: what makes use of the events on a bus, ready to attach. The packages behind it are optional:
 * install those of the consumers that you use.
 *
 * @packageDocumentation
 */
export { type EventLogger, logEvents, type LogEventsOptions } from './infrastructure/consumer/log-events.js';
export {
  type JsonLinesFile,
  type JsonLinesOptions,
  writeJsonLines,
} from './infrastructure/consumer/write-json-lines.js';
export type { RotationOptions } from './infrastructure/consumer/rotation-options.js';
export {
  type CollectedMetrics,
  collectMetrics,
  type CollectMetricsOptions,
} from './infrastructure/consumer/collect-metrics.js';
export type { MetricsRegistry } from './infrastructure/consumer/metrics-registry.js';
