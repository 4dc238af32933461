import type { AuditLog } from '../../../../application/audit/audit-log.js';
import type { DomainEvent } from '../../../../domain/events/domain-event.js';
import { CheckpointRollbackCompleted } from '../../../../domain/events/families/checkpoint.events.js';
import { ExecutionStarted } from '../../../../domain/events/families/execution.events.js';
import { GraphSuperstepCompleted } from '../../../../domain/events/families/graph.events.js';
import { NodeCompleted, NodeSkipped, NodeStarted } from '../../../../domain/events/families/node.events.js';

/** Which of the times that a node is reached, and the n-th try of it. */
export interface Occurrence {
  readonly occurrence: number;
  readonly attempt: number;
}

/** A node that was completed in a superstep that was not. */
export interface Done {
  readonly nodeId: string;
  readonly occurrence: number;
  /** Its `node.started`. */
  readonly startedId: string | undefined;
}

/** Occurrences that were begun and not completed, by node, the first of them first. */
export type OpenOccurrences = Map<string, Occurrence[]>;

const TYPES = [
  ExecutionStarted,
  NodeStarted,
  NodeSkipped,
  NodeCompleted,
  GraphSuperstepCompleted,
  CheckpointRollbackCompleted,
].map(({ type }) => type);
const PAGE = 1_000;

/**
 * How often each node of a thread was reached, over all of its runs. It is read from the log, so that it goes on counting
 * where another process stopped.
 */
export class ThreadMemory {
  readonly #occurrences = new Map<string, number>();
  /** Events that it has seen when they were published: it passes over them in the log. */
  readonly #seen = new Set<string>();
  #open: OpenOccurrences = new Map();
  /** What was completed since the graph went one step on: the next step that is completed holds it. */
  #done: Done[] = [];
  #position = -1;

  /** Takes in what others recorded since. */
  async catchUp(log: AuditLog, executionId: string): Promise<void> {
    for (;;) {
      const page = await log.query({ executionId, types: TYPES }, { after: this.#position, limit: PAGE });
      for (const { event, position } of page) {
        if (!this.#seen.delete(event.id)) this.#learn(event);
        this.#position = position;
      }
      if (page.length < PAGE) return;
    }
  }

  /** Takes in an event that was just published. */
  see(event: DomainEvent): void {
    if (!TYPES.includes(event.type as (typeof TYPES)[number])) return;
    this.#seen.add(event.id);
    this.#learn(event);
  }

  /** The next time that a node is reached. */
  next(nodeId: string): Occurrence {
    return { occurrence: (this.#occurrences.get(nodeId) ?? 0) + 1, attempt: 1 };
  }

  /** What a run that goes on from where the last one stopped begins again. */
  takeOpen(): OpenOccurrences {
    const open = this.#open;
    this.#open = new Map();
    return open;
  }

  /** What a run that goes on from where the last one stopped need not do again. The one after it may go on there too. */
  get done(): readonly Done[] {
    return [...this.#done];
  }

  /** A run begins elsewhere. */
  forgetDone(): void {
    this.#done = [];
  }

  #learn(event: DomainEvent): void {
    if (NodeStarted.is(event)) {
      const { nodeId, occurrence, attempt } = event.payload;
      this.#reached(nodeId, occurrence);
      this.#open.set(nodeId, [...this.#openBut(nodeId, occurrence), { occurrence, attempt }].toSorted(byOccurrence));
    } else if (NodeSkipped.is(event)) {
      this.#reached(event.payload.nodeId, event.payload.occurrence);
    } else if (NodeCompleted.is(event)) {
      const { nodeId, occurrence } = event.payload;
      this.#open.set(nodeId, this.#openBut(nodeId, occurrence));
      this.#done.push({ nodeId, occurrence, startedId: event.context.causationId });
    } else if (GraphSuperstepCompleted.is(event) && event.payload.nodeId !== undefined) {
      // A sub-graph went one step on: its own checkpoint holds what was done in it.
      const { nodeId: graph } = event.payload;
      this.#done = this.#done.filter(({ nodeId }) => !nodeId.startsWith(`${graph}/`));
    } else {
      // The graph went one step on, began anew, or was put back: nothing from before it is begun again.
      this.#open.clear();
      this.#done = [];
    }
  }

  #reached(nodeId: string, occurrence: number): void {
    this.#occurrences.set(nodeId, Math.max(occurrence, this.#occurrences.get(nodeId) ?? 0));
  }

  #openBut(nodeId: string, occurrence: number): Occurrence[] {
    return (this.#open.get(nodeId) ?? []).filter((open) => open.occurrence !== occurrence);
  }
}

function byOccurrence(a: Occurrence, b: Occurrence): number {
  return a.occurrence - b.occurrence;
}

/** How many threads are remembered. One that is forgotten is read from the log again. */
const MAX_THREADS = 1_000;

/** The memories of the threads that were used last. */
export class ThreadMemories {
  readonly #memories = new Map<string, ThreadMemory>();

  of(executionId: string): ThreadMemory {
    const memory = this.#memories.get(executionId) ?? new ThreadMemory();
    this.#memories.delete(executionId);
    this.#memories.set(executionId, memory);
    if (this.#memories.size > MAX_THREADS) {
      const [oldest] = this.#memories.keys();
      if (oldest !== undefined) this.#memories.delete(oldest);
    }
    return memory;
  }
}
