import type { ExecutionStatus } from '../../../domain/execution/execution-status.js';
import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import { labelProblem } from '../../../domain/shared/identifiers.js';
import { type JsonObject, type JsonValue, toJson, toJsonObject } from '../../../domain/shared/json.js';
import { assertKeys, assertOptional, oneOf } from '../../../domain/shared/options.js';
import type { ExecutionResult } from '../execution-result.js';
import { type Makers, NodeCalls, withoutMarks } from './node-calls.js';
import {
  type CompletedNode,
  RECORDED_PAUSES,
  type RecordedExecution,
  type RecordedNode,
  type RecordedNodeOptions,
  type RecordedPause,
  type RecordedWork,
} from './recording-api.js';
import { askedCheckpoint, hostState, resultsIn, withAskedCheckpoint, withHostState } from './recorded-state.js';
import type { ChildRecordingOptions } from './recorder-options.js';
import type { Recording } from './recording.js';

/** See {@link RecordedExecution}. */
export class ExecutionRecording implements RecordedExecution {
  readonly id: string;
  readonly #recording: Recording;
  readonly #calls: NodeCalls;
  readonly #asked = new Map<string, number>();

  constructor(recording: Recording, makers: Makers) {
    this.id = recording.id;
    this.#recording = recording;
    this.#calls = new NodeCalls(recording, makers, '', () => undefined);
  }

  get status(): ExecutionStatus {
    return this.#recording.snapshot.status;
  }

  get input(): JsonObject {
    return this.#recording.snapshot.input;
  }

  get state(): JsonObject {
    return hostState(this.#recording.state);
  }

  get output(): JsonValue {
    return this.#recording.snapshot.output;
  }

  get completed(): readonly CompletedNode[] {
    return Array.from(resultsIn(this.#recording.state), ({ path, mark, occurrence, output }) => ({
      nodeId: withoutMarks(path),
      occurrence,
      key: mark,
      ...(output === undefined ? {} : { output }),
    })).toSorted((one, other) => (one.nodeId === other.nodeId ? one.occurrence - other.occurrence : 0));
  }

  get nextNodeIds(): readonly string[] {
    return this.#recording.snapshot.waiting;
  }

  get headCheckpointId(): string {
    return this.#recording.snapshot.headCheckpointId;
  }

  get signal(): AbortSignal {
    return this.#recording.signal;
  }

  node(nodeId: string, options?: RecordedNodeOptions): RecordedNode;
  node<Result>(nodeId: string, work: RecordedWork<Result>, options?: RecordedNodeOptions): Promise<Result>;
  node(nodeId: string, ...given: unknown[]): unknown {
    return this.#calls.node(nodeId, ...given);
  }

  execution(options: ChildRecordingOptions): Promise<RecordedExecution> {
    return this.#calls.execution(options);
  }

  async checkpoint(
    state?: Readonly<Record<string, unknown>>,
    options: { readonly label?: string } = {},
  ): Promise<string> {
    assertKeys(options, { label: true }, 'checkpoint option');
    const { label } = options;
    const problem = label === undefined ? undefined : labelProblem(label);
    if (problem !== undefined) throw new InvalidArgumentError(`The label ${problem}.`);
    const name = label ?? '';
    const call = (this.#asked.get(name) ?? 0) + 1;
    this.#asked.set(name, call);
    const next = state === undefined ? undefined : toJsonObject(state, 'state');
    return (
      askedCheckpoint(this.#recording.state, name, call) ??
      this.#recording.checkpoint(
        ({ state: present }, checkpointId) =>
          withAskedCheckpoint(next === undefined ? present : withHostState(present, next), name, checkpointId),
        label,
      )
    );
  }

  async complete(output?: unknown): Promise<ExecutionResult> {
    if (this.status === 'completed') return { status: 'completed', executionId: this.id, output: this.output };
    return this.#recording.conclude(output === undefined ? this.state : toJson(output, 'output'));
  }

  fail(error: unknown): Promise<ExecutionResult> {
    return this.#recording.concludeFailed(error);
  }

  async cancel(reason = 'no reason given'): Promise<ExecutionResult> {
    assertOptional(reason, 'string', 'reason');
    return this.#recording.cancel(reason);
  }

  async pause(reason: RecordedPause = 'requested'): Promise<ExecutionResult> {
    return this.#recording.pause(oneOf(reason, RECORDED_PAUSES, 'reason for a pause'));
  }

  result(): Promise<ExecutionResult> {
    return this.#recording.result;
  }
}
