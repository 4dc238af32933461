import { isCommand } from './langgraph-package.js';
import { errorRecord } from '../../../../application/context/error-record.js';
import {
  CheckpointRestored,
  CheckpointRollbackRequested,
} from '../../../../domain/events/families/checkpoint.events.js';
import {
  ExecutionBreakpointHit,
  ExecutionCancelled,
  ExecutionCompleted,
  ExecutionFailed,
  ExecutionPaused,
  ExecutionResumed,
  ExecutionStarted,
} from '../../../../domain/events/families/execution.events.js';
import { GraphInterrupted } from '../../../../domain/events/families/graph.events.js';
import { asJson } from './as-json.js';
import { isRecord } from './graph.js';
import type { GraphStop } from './graph-stops.js';
import { toId } from './namespace.js';
import type { RunSetup } from './run-setup.js';
import type { NamedCheckpoint } from './stream-tap.js';

/** Where a run stands that waits. */
export interface Standstill {
  readonly checkpointId: string;
  readonly nodeIds: readonly string[];
  /** What the nodes ask, one after another. */
  readonly values: readonly unknown[];
  readonly reason: 'approval' | 'breakpoint' | 'requested';
  /** The breakpoints that it stands at. */
  readonly stops: readonly GraphStop[];
}

/** Tells of a run as a whole: how it begins, and how it ends. */
export class ExecutionStory {
  readonly #setup: RunSetup;
  readonly #startedAt: number;
  #beganId: string | undefined;

  constructor(setup: RunSetup) {
    this.#setup = setup;
    this.#startedAt = setup.events.now();
  }

  /** The event that tells of the beginning, once there is one. */
  get beganId(): string | undefined {
    return this.#beganId;
  }

  /** Before anything is done. A run that goes on is told of when it is known where from. */
  begin(): void {
    const { events, executionId, goneBackTo, goesOn } = this.#setup;
    if (goneBackTo !== undefined) {
      const { checkpointId, stateHash, reason } = goneBackTo;
      const requested = { executionId, targetCheckpointId: checkpointId, reason };
      const causationId = events.tell(CheckpointRollbackRequested, requested);
      if (stateHash !== undefined) {
        events.tell(CheckpointRestored, { executionId, checkpointId, stateHash }, { causationId });
      }
    }
    if (!goesOn) this.#start();
  }

  /** The graph says where the run begins. */
  reached({ id, source, step, next }: NamedCheckpoint): void {
    if (this.#beganId !== undefined) return;
    // A command can begin a thread as well, whose first checkpoint comes before the first superstep.
    if (source === 'input' && step < 0) return this.#start();
    const { events, executionId, goneBackTo, input } = this.#setup;
    const checkpointId = goneBackTo?.checkpointId ?? id;
    if (checkpointId === undefined) return this.#start();
    const payload = { executionId, checkpointId, nodeIds: next.map((node) => toId(node, 'node')) };
    const update: unknown = isCommand(input) ? input.update : undefined;
    const isEdited = update !== undefined && update !== null;
    this.#beganId = events.tell(ExecutionResumed, isEdited ? { ...payload, statePatch: asJson(update) } : payload, {
      otherwise: payload,
    });
  }

  /** It waits for somebody. */
  paused({ checkpointId, nodeIds, values, reason, stops }: Standstill): void {
    const { events, executionId, callId } = this.#setup;
    const payload = { executionId, threadId: this.threadId, callId, checkpointId, nodeIds: [...nodeIds] };
    const [first] = values;
    const value = values.length > 1 ? values : first;
    const causationId =
      reason === 'requested'
        ? this.#beganId
        : events.tell(GraphInterrupted, value === undefined ? payload : { ...payload, value: asJson(value) }, {
            causationId: this.#beganId,
            otherwise: payload,
          });
    for (const { node, when, condition, error } of stops) {
      events.tell(
        ExecutionBreakpointHit,
        {
          executionId,
          nodeId: toId(node, 'node'),
          checkpointId,
          ...(when === 'before' ? {} : { when }),
          ...(condition === undefined ? {} : { condition }),
          ...(error === undefined ? {} : { error: errorRecord(error) }),
        },
        { causationId },
      );
    }
    const [nodeId, ...others] = nodeIds;
    const at = nodeId === undefined || others.length > 0 ? {} : { nodeId };
    events.tell(
      ExecutionPaused,
      { executionId, checkpointId, ...at, reason, elapsedMs: this.#elapsed() },
      { causationId },
    );
  }

  completed(output: unknown, nodesExecuted: number, checkpointsCreated: number): void {
    const { events, executionId, names } = this.#setup;
    const durationMs = this.#elapsed();
    const counts = { durationMs, nodesExecuted, checkpointsCreated };
    const payload = { executionId, workflowId: names.workflowId, output: null, ...counts };
    const isWanted = events.keeps(ExecutionCompleted.type, 'output');
    events.tell(ExecutionCompleted, isWanted ? { ...payload, output: asJson(output) } : payload, {
      causationId: this.#beganId,
      otherwise: payload,
    });
  }

  failed(error: unknown, nodeId: string | undefined, checkpointId: string | undefined): void {
    const { events, executionId, names } = this.#setup;
    events.tell(
      ExecutionFailed,
      {
        executionId,
        workflowId: names.workflowId,
        ...(nodeId === undefined ? {} : { nodeId }),
        error: errorRecord(error),
        ...(checkpointId === undefined ? {} : { checkpointId }),
        durationMs: this.#elapsed(),
      },
      { causationId: this.#beganId },
    );
  }

  cancelled(reason: string, nodeId: string | undefined): void {
    const { events, executionId } = this.#setup;
    events.tell(
      ExecutionCancelled,
      { executionId, ...(nodeId === undefined ? {} : { nodeId }), reason, durationMs: this.#elapsed() },
      { causationId: this.#beganId },
    );
  }

  /** The thread as an identifier; the execution for a run without one. */
  get threadId(): string {
    const { thread, executionId } = this.#setup;
    return thread === undefined || toId(thread, 'thread') !== thread ? executionId : thread;
  }

  #start(): void {
    const { events, executionId, names, breakpoints, input, goneBackTo } = this.#setup;
    const payload = {
      executionId,
      ...names,
      input: null,
      breakpoints: [...breakpoints],
      ...(goneBackTo === undefined ? {} : { sourceCheckpointId: goneBackTo.checkpointId }),
    };
    const isWanted = events.keeps(ExecutionStarted.type, 'input');
    this.#beganId = events.tell(ExecutionStarted, isWanted ? { ...payload, input: asJson(input) } : payload, {
      otherwise: payload,
    });
  }

  #elapsed(): number {
    return Math.max(0, this.#setup.events.now() - this.#startedAt);
  }
}

/** Why a run was aborted, in words. */
export function reasonOfAbort(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  if (typeof reason === 'string' && reason !== '') return reason;
  const message = isRecord(reason) ? reason['message'] : undefined;
  return typeof message === 'string' && message !== '' ? message : 'aborted';
}
