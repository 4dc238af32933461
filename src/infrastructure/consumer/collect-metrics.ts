import type { EventBus } from '../../application/bus/event-bus.port.js';
import { InvalidArgumentError, WaymarkError } from '../../domain/shared/errors.js';
import { assertKeys, assertOptional, type KeysOf } from '../../domain/shared/options.js';
import { BoundedLabels } from './bounded-labels.js';
import { EventCounter } from './event-counter.js';
import { busMetrics, DEFAULT_BUCKETS, eventMetrics, type PrometheusClient } from './metric-definitions.js';
import type { MetricsRegistry } from './metrics-registry.js';
import { loadOptional } from './optional-package.js';

/** What {@link collectMetrics} measures, and where to. */
export interface CollectMetricsOptions<Registry extends MetricsRegistry = MetricsRegistry> {
  /** Where the metrics are registered; prom-client's own default registry when left out. */
  readonly registry?: Registry;
  /** What every name begins with; `waymark_` when left out. */
  readonly prefix?: string;
  /** The upper bounds of the histograms, in seconds, from small to large. */
  readonly buckets?: readonly number[];
  /**
   * Whether durations of nodes have a label `node`: a time series for each node of each workflow, 500 at most. `false`
   * when left out.
   */
  readonly nodeLabel?: boolean;
}

/** Metrics that are being collected. `using` stops at the end of the block. */
export interface CollectedMetrics<Registry extends MetricsRegistry = MetricsRegistry> extends Disposable {
  readonly registry: Registry;
  /** Counts no more, and takes the metrics out of the registry. Idempotent. */
  stop(): void;
}

const KEYS: KeysOf<CollectMetricsOptions> = { registry: true, prefix: true, buckets: true, nodeLabel: true };
/** How many values a label has, before the rest of them are `other`. */
const MAX_LABEL_VALUES = 500;
/** A colon is for names that rules of Prometheus make. */
const PREFIX = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Counts events in metrics for Prometheus, through prom-client: `waymark_events_total{type,severity,outcome}`,
 * `waymark_executions_total{outcome}`, `waymark_executions_running`, the histograms
 * `waymark_execution_duration_seconds{outcome}` and `waymark_node_duration_seconds{outcome}`, and how the bus stands
 * (`waymark_bus_…`). No label holds an id; one whose values are a host's (`type`, `node`, `handler`) has 500 of them,
 * and then `other`.
 *
 * Everything but the metrics of the bus counts from now on: an execution that runs already is not among those that run
 * until it is resumed. What reached its time limit is measured with the limit.
 *
 * @throws WaymarkError `WAYMARK_PACKAGE_MISSING` without prom-client, `WAYMARK_CONSUMER_FAILED` when the registry has
 *   metrics of these names already, `WAYMARK_BUS_CLOSED` after close; InvalidArgumentError for an option that there is
 *   not
 * @example
 * import { createServer } from 'node:http';
 *
 * const { registry } = await collectMetrics(waymark.bus);
 * createServer((_, response) => {
 *   response.setHeader('Content-Type', registry.contentType);
 *   void registry.metrics().then((text) => response.end(text));
 * }).listen(9464);
 */
export async function collectMetrics<Registry extends MetricsRegistry = MetricsRegistry>(
  bus: EventBus,
  options: CollectMetricsOptions<Registry> = {},
): Promise<CollectedMetrics<Registry>> {
  assertOptions(options);
  const { default: client } = await loadOptional(
    { name: 'prom-client', major: 15, neededBy: 'collectMetrics' },
    () => import('prom-client'),
  );
  return attach(bus, client, options.registry ?? (client.register as MetricsRegistry as Registry), options);
}

function attach<Registry extends MetricsRegistry>(
  bus: EventBus,
  client: PrometheusClient,
  registry: Registry,
  { prefix = 'waymark_', buckets = DEFAULT_BUCKETS, nodeLabel = false }: CollectMetricsOptions,
): CollectedMetrics<Registry> {
  const isOpenMetrics = registry.contentType.startsWith('application/openmetrics-text');
  const names = { prefix, total: isOpenMetrics ? '' : '_total' } as const;
  const counted = eventMetrics(client, names, { buckets, nodeLabel });
  const ofBus = busMetrics(client, names, bus, new BoundedLabels(MAX_LABEL_VALUES));
  // prom-client's classes have a name, and their declarations don't tell.
  const metrics = [...Object.values(counted), ...ofBus] as unknown as readonly { readonly name: string }[];
  const taken = metrics.find(({ name }) => registry.getSingleMetric(name) !== undefined);
  if (taken !== undefined) throw takenError(taken.name);

  const counter = new EventCounter(counted, MAX_LABEL_VALUES, nodeLabel);
  const subscription = bus.subscribe('**', (event) => counter.count(event), {
    name: 'collectMetrics',
    deadLetter: false,
  });
  for (const metric of metrics) registry.registerMetric(metric);
  const stop = (): void => {
    subscription.unsubscribe();
    for (const metric of metrics) {
      // Not one that somebody else has registered since, in a registry that was cleared.
      if (registry.getSingleMetric(metric.name) === metric) registry.removeSingleMetric(metric.name);
    }
  };
  return { registry, stop, [Symbol.dispose]: stop };
}

function takenError(name: string): WaymarkError {
  return new WaymarkError('WAYMARK_CONSUMER_FAILED', `The registry has a metric ${name} already.`, {
    hint: "Stop the other collection first, or give this one a prefix of its own: { prefix: 'waymark_orders_' }.",
    details: { name },
  });
}

function assertOptions(options: CollectMetricsOptions): void {
  assertKeys(options, KEYS, 'metrics option');
  const { prefix, buckets, nodeLabel } = options;
  assertOptional(prefix, 'string', 'prefix');
  assertOptional(nodeLabel, 'boolean', 'nodeLabel option');
  if (prefix !== undefined && !PREFIX.test(prefix)) {
    throw new InvalidArgumentError(`${JSON.stringify(prefix)} can't begin the name of a metric.`, {
      hint: 'Use letters, digits and underscores, and a letter first: waymark_orders_.',
    });
  }
  const isAscending = (bounds: readonly unknown[]): boolean =>
    bounds.length > 0 &&
    bounds.every((bound, index) => Number.isFinite(bound) && (bound as number) > Number(bounds[index - 1] ?? 0));
  if (buckets !== undefined && !(Array.isArray(buckets) && isAscending(buckets))) {
    throw new InvalidArgumentError('The buckets are not numbers above 0 that grow.', {
      hint: 'Give upper bounds in seconds: [0.1, 1, 10, 60].',
    });
  }
}
