import type { DomainEvent } from '../../domain/events/domain-event.js';
import {
  CheckpointRollbackCompleted,
  ExecutionCancelled,
  ExecutionCompleted,
  ExecutionFailed,
  ExecutionPaused,
  ExecutionRecovered,
  ExecutionResumed,
  NodeCancelled,
  NodeCompleted,
  NodeFailed,
  NodeProgressed,
  NodeRetryScheduled,
  NodeSkipped,
  NodeStarted,
  NodeSuspended,
  NodeTimedOut,
} from '../../domain/events/families/index.js';
import type { NodeAttempt } from '../../domain/execution/node-attempt.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import type { ExecutionPause, NodeSpan, SpanStatus } from './node-span.js';

/** The types of events that spans are made of. */
export const SPAN_TYPES: readonly string[] = [
  NodeStarted,
  NodeCompleted,
  NodeFailed,
  NodeSkipped,
  NodeRetryScheduled,
  NodeTimedOut,
  NodeCancelled,
  NodeSuspended,
  NodeProgressed,
  ExecutionPaused,
  ExecutionResumed,
  ExecutionRecovered,
  ExecutionCompleted,
  ExecutionFailed,
  ExecutionCancelled,
  CheckpointRollbackCompleted,
].map(({ type }) => type);

type Draft = { -readonly [Key in keyof NodeSpan]: NodeSpan[Key] };

/** Makes spans of the events of one execution, in the order of the log. */
export class SpanCollector {
  readonly #spans = new Map<string, Draft>();
  readonly #pauses: { reason: string; from: string; until: string | null }[] = [];
  #position = -1;

  /** Times in which the execution stood still, in their order. */
  get pauses(): readonly ExecutionPause[] {
    return this.#pauses;
  }

  /** @param position where it is in the log */
  take(event: DomainEvent, position: number): void {
    this.#position = position;
    const { id, occurredAt } = event;
    if (NodeProgressed.is(event)) {
      const { fraction, message } = event.payload;
      this.#change(event.payload, {
        progress: { ...(fraction === undefined ? {} : { fraction }), ...(message === undefined ? {} : { message }) },
      });
      return;
    }
    if (NodeStarted.is(event)) {
      const { nodeName: name, nodeKind: kind } = event.payload;
      this.#open(event.payload, { name, kind, at: occurredAt, id, causationId: event.context.causationId ?? null });
    } else if (NodeCompleted.is(event)) {
      this.#end(event, event.payload, 'completed', event.payload.durationMs, null);
    } else if (NodeFailed.is(event)) {
      this.#end(event, event.payload, 'failed', event.payload.durationMs, event.payload.error.message);
    } else if (NodeCancelled.is(event)) {
      this.#end(event, event.payload, 'cancelled', event.payload.durationMs, event.payload.reason);
    } else if (NodeTimedOut.is(event)) {
      this.#end(event, event.payload, 'failed', event.payload.limitMs, `timed out after ${event.payload.limitMs} ms`);
    } else if (NodeRetryScheduled.is(event)) {
      this.#retry(event);
    } else if (NodeSkipped.is(event)) {
      this.#skip(event);
    } else if (NodeSuspended.is(event)) {
      const { awaiting } = event.payload;
      const span = this.#spans.get(keyOf(event.payload));
      if (span !== undefined) {
        span.waits = [...closed(span.waits, occurredAt), { awaiting, from: occurredAt, until: null }];
      }
    } else if (CheckpointRollbackCompleted.is(event)) {
      this.#rollBack(event.payload.rolledBackNodes);
    } else {
      this.#takeExecution(event);
    }
  }

  /** The spans so far, in the order in which they began, as an execution stands that is stored. */
  spans(execution: Pick<ExecutionSnapshot, 'status' | 'running' | 'suspended'>): readonly NodeSpan[] {
    const running = new Set(execution.running.map(keyOf));
    const suspended = new Set(execution.suspended.map(keyOf));
    return Array.from(this.#spans, ([key, span]): NodeSpan => {
      if (span.endedAt !== null) return span;
      // Of a thread only its events tell that a node waits.
      if (suspended.has(key) || (execution.status === 'paused' && isWaiting(span))) {
        return { ...span, status: 'suspended' };
      }
      return { ...span, status: running.has(key) && execution.status === 'running' ? 'running' : 'interrupted' };
    });
  }

  #takeExecution(event: DomainEvent): void {
    const { occurredAt } = event;
    if (ExecutionPaused.is(event)) {
      this.#pauses.push({ reason: event.payload.reason, from: occurredAt, until: null });
      return;
    }
    const pause = this.#pauses.at(-1);
    if (pause !== undefined) pause.until ??= occurredAt;
    if (ExecutionRecovered.is(event)) {
      // What waits is no work, and goes on waiting.
      for (const span of this.#spans.values()) {
        const isOpen = span.endedAt === null && !isWaiting(span);
        if (isOpen) this.#close(span, event, 'interrupted', null, 'its process was gone');
      }
    }
  }

  #open(
    node: NodeAttempt,
    begun: Pick<Draft, 'name' | 'kind' | 'causationId'> & { readonly at: string; readonly id: string },
  ): void {
    const { nodeId, occurrence, attempt } = node;
    for (const earlier of this.#spans.values()) {
      const isSame = earlier.nodeId === nodeId && earlier.occurrence === occurrence;
      if (isSame) earlier.waits = closed(earlier.waits, begun.at);
    }
    this.#spans.set(keyOf(node), {
      nodeId,
      occurrence,
      attempt,
      name: begun.name,
      kind: begun.kind,
      status: 'running',
      startedAt: begun.at,
      endedAt: null,
      durationMs: null,
      waits: [],
      reason: null,
      rolledBack: false,
      progress: null,
      startedEventId: begun.id,
      endedEventId: null,
      startedPosition: this.#position,
      endedPosition: null,
      causationId: begun.causationId,
    });
  }

  #end(event: DomainEvent, node: NodeAttempt, status: SpanStatus, durationMs: number, reason: string | null): void {
    const span = this.#spans.get(keyOf(node));
    // A failure is told of by what ended it, such as its time limit, and then by itself.
    if (span !== undefined) this.#close(span, event, status, durationMs, span.reason ?? reason);
  }

  #close(span: Draft, event: DomainEvent, status: SpanStatus, durationMs: number | null, reason: string | null): void {
    span.status = status;
    span.endedAt = event.occurredAt;
    span.endedEventId = event.id;
    span.endedPosition = this.#position;
    span.durationMs = durationMs;
    span.reason = reason;
    span.waits = closed(span.waits, event.occurredAt);
  }

  #retry(event: NodeRetryScheduled): void {
    const span = this.#spans.get(keyOf(event.payload));
    if (span === undefined) return;
    if (span.endedAt === null) {
      const durationMs = Math.max(0, Date.parse(event.occurredAt) - Date.parse(span.startedAt));
      this.#close(span, event, 'failed', durationMs, event.payload.error.message);
    }
    span.waits = [...span.waits, { awaiting: 'retry', from: event.occurredAt, until: null }];
  }

  #skip(event: NodeSkipped): void {
    const { nodeId, reason } = event.payload;
    const key = keyOf(event.payload);
    if (!this.#spans.has(key)) {
      this.#open(event.payload, {
        name: nodeId,
        kind: '',
        at: event.occurredAt,
        id: event.id,
        causationId: event.context.causationId ?? null,
      });
    }
    this.#end(event, event.payload, 'skipped', 0, reason);
  }

  #rollBack(nodes: readonly { readonly nodeId: string; readonly occurrence: number }[]): void {
    const undone = new Set(nodes.map(({ nodeId, occurrence }) => JSON.stringify([nodeId, occurrence])));
    for (const span of this.#spans.values()) {
      if (undone.has(JSON.stringify([span.nodeId, span.occurrence]))) span.rolledBack = true;
    }
  }

  #change(node: NodeAttempt, change: Partial<Draft>): void {
    const span = this.#spans.get(keyOf(node));
    if (span !== undefined) Object.assign(span, change);
  }
}

function isWaiting({ waits }: Pick<NodeSpan, 'waits'>): boolean {
  return waits.some(({ until }) => until === null);
}

function closed(waits: NodeSpan['waits'], at: string): NodeSpan['waits'] {
  return waits.some(({ until }) => until === null)
    ? waits.map((wait) => ({ ...wait, until: wait.until ?? at }))
    : waits;
}

function keyOf({ nodeId, occurrence, attempt }: NodeAttempt): string {
  return JSON.stringify([nodeId, occurrence, attempt]);
}
