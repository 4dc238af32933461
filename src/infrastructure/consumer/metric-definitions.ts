import type * as Prometheus from 'prom-client';
import type { EventBus } from '../../application/bus/event-bus.port.js';
import type { BoundedLabels } from './bounded-labels.js';

/** What of prom-client is needed. */
export type PrometheusClient = Pick<typeof Prometheus, 'Counter' | 'Gauge' | 'Histogram'>;

/** Seconds: from a quick node to an execution of an hour. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3_600];

/** Names of metrics: `prefix`, and what each counts. */
export interface MetricNames {
  readonly prefix: string;
  /** The end of a counter's name; OpenMetrics registries add it themselves. */
  readonly total: '_total' | '';
}

/** The metrics that events are counted in. */
export type EventMetrics = Readonly<{
  events: Prometheus.Counter<'type' | 'severity' | 'outcome'>;
  executions: Prometheus.Counter<'outcome'>;
  running: Prometheus.Gauge;
  executionSeconds: Prometheus.Histogram<'outcome'>;
  nodeSeconds: Prometheus.Histogram<'outcome' | 'node'>;
}>;

/** Makes the metrics that events are counted in, in no registry yet. */
export function eventMetrics(
  { Counter, Gauge, Histogram }: PrometheusClient,
  { prefix, total }: MetricNames,
  options: { readonly buckets: readonly number[]; readonly nodeLabel: boolean },
): EventMetrics {
  const buckets = [...options.buckets];
  return {
    events: new Counter({
      name: `${prefix}events${total}`,
      help: 'Events on the bus since the metrics were attached.',
      labelNames: ['type', 'severity', 'outcome'],
      registers: [],
    }),
    executions: new Counter({
      name: `${prefix}executions${total}`,
      help: 'Executions that ended since the metrics were attached, each time they did.',
      labelNames: ['outcome'],
      registers: [],
    }),
    running: new Gauge({
      name: `${prefix}executions_running`,
      help: 'Executions that run, of those that began or were resumed since the metrics were attached.',
      registers: [],
    }),
    executionSeconds: new Histogram({
      name: `${prefix}execution_duration_seconds`,
      help: 'Time from the start of an execution to its end.',
      labelNames: ['outcome'],
      buckets,
      registers: [],
    }),
    nodeSeconds: new Histogram({
      name: `${prefix}node_duration_seconds`,
      help: 'How long an attempt of a node took.',
      labelNames: options.nodeLabel ? ['outcome', 'node'] : ['outcome'],
      buckets,
      registers: [],
    }),
  };
}

/** Makes the metrics of the bus itself, in no registry yet. They are read when they are asked for. */
export function busMetrics(
  { Counter, Gauge }: PrometheusClient,
  { prefix, total }: MetricNames,
  bus: EventBus,
  handlers: BoundedLabels,
): readonly Prometheus.Metric[] {
  const counter = (name: string, help: string, read: () => number): Prometheus.Metric =>
    new Counter({
      name: `${prefix}bus_${name}${total}`,
      help,
      registers: [],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  return [
    counter('published', 'Events published since the bus was made.', () => bus.metrics().published),
    counter('delivered', 'Events that handlers were given.', () => bus.metrics().delivered),
    counter('handler_failures', 'Tries of handlers that failed.', () => bus.metrics().failed),
    counter('dropped', 'Events that a full queue left out.', () => bus.metrics().dropped),
    counter('dead_letters', 'Events that handlers failed on for good.', () => bus.metrics().deadLettered),
    new Gauge({
      name: `${prefix}bus_queue_depth`,
      help: 'Events that wait for a handler.',
      labelNames: ['handler'],
      registers: [],
      collect() {
        this.reset();
        for (const { name, mode, queueDepth } of bus.subscriptions()) {
          // A handler within the publish has no queue. Several may have one name.
          if (mode !== 'sync') this.inc({ handler: handlers.of(name) }, queueDepth);
        }
      },
    }),
    new Gauge({
      name: `${prefix}bus_subscriptions`,
      help: 'Subscriptions there are.',
      registers: [],
      collect() {
        this.set(bus.metrics().subscriptions);
      },
    }),
  ];
}
