import { severityOf } from '../../domain/audit/event-summary.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { executionIdOf } from '../../domain/events/execution-id.js';
import { BoundedLabels } from './bounded-labels.js';
import { definitionOf } from './event-definition.js';
import type { EventMetrics } from './metric-definitions.js';

/** What of a payload is measured. */
interface Measured {
  readonly nodeId?: unknown;
  readonly durationMs?: unknown;
  /** In the place of a duration, where time ran out. */
  readonly limitMs?: unknown;
}

const MS_PER_SECOND = 1_000;
const BEGINNINGS = new Set(['execution.started', 'execution.resumed', 'execution.recovered']);
/** What has become of an execution, or of an attempt of a node. */
const ENDS = ['completed', 'failed', 'cancelled', 'timed_out'] as const;
const EXECUTION_ENDS = endsOf('execution');
const NODE_ENDS = endsOf('node');

/** Counts events in metrics. */
export class EventCounter {
  readonly #metrics: EventMetrics;
  readonly #types: BoundedLabels;
  readonly #nodes: BoundedLabels | undefined;
  /** The executions that run. A set, so that one that was told of twice, or began before, is not counted wrongly. */
  readonly #running = new Set<string>();

  constructor(metrics: EventMetrics, maxLabelValues: number, nodeLabel: boolean) {
    this.#metrics = metrics;
    this.#types = new BoundedLabels(maxLabelValues);
    this.#nodes = nodeLabel ? new BoundedLabels(maxLabelValues) : undefined;
  }

  count(event: DomainEvent): void {
    const definition = definitionOf(event);
    const { events, executions, executionSeconds, nodeSeconds } = this.#metrics;
    const labels = { severity: severityOf(event, definition), outcome: definition?.outcome ?? 'none' };
    events.inc({ type: this.#types.of(event.type), ...labels });

    const executionEnd = EXECUTION_ENDS.get(event.type);
    if (executionEnd !== undefined) {
      executions.inc({ outcome: executionEnd });
      const seconds = secondsOf(event.payload as Measured);
      if (seconds !== undefined) executionSeconds.observe({ outcome: executionEnd }, seconds);
    }
    const nodeEnd = NODE_ENDS.get(event.type);
    if (nodeEnd !== undefined) {
      const { nodeId } = event.payload as Measured;
      const seconds = secondsOf(event.payload as Measured);
      const node = this.#nodes === undefined ? {} : { node: this.#nodes.of(String(nodeId)) };
      if (seconds !== undefined) nodeSeconds.observe({ outcome: nodeEnd, ...node }, seconds);
    }
    this.#followRunning(event, executionEnd !== undefined || event.type === 'execution.paused');
  }

  #followRunning(event: DomainEvent, stands: boolean): void {
    const begins = BEGINNINGS.has(event.type);
    const executionId = begins || stands ? executionIdOf(event.payload) : undefined;
    if (executionId === undefined) return;
    if (begins) this.#running.add(executionId);
    else this.#running.delete(executionId);
    this.#metrics.running.set(this.#running.size);
  }
}

/** The types that end something, each with the word for its label. */
function endsOf(family: string): ReadonlyMap<string, string> {
  return new Map(ENDS.map((end) => [`${family}.${end}`, end]));
}

function secondsOf({ durationMs, limitMs }: Measured): number | undefined {
  const ms = durationMs ?? limitMs;
  return typeof ms === 'number' ? ms / MS_PER_SECOND : undefined;
}
