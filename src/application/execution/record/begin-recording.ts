import { MAIN_BRANCH } from '../../../domain/checkpoint/checkpoint.js';
import { ExecutionStarted } from '../../../domain/events/families/execution.events.js';
import { Execution } from '../../../domain/execution/execution.js';
import { RECORDED } from '../../../domain/execution/recorded.js';
import { toJsonObject } from '../../../domain/shared/json.js';
import { currentContext } from '../../context/run-with-context.js';
import type { VerbServices } from '../verb-services.js';
import { ExecutionStep } from '../execution-step.js';
import type { RecordingOptions } from './recorder-options.js';
import { withHostState } from './recorded-state.js';
import { Recording } from './recording.js';

/** Begins to record a new execution: resolves when it is durable and running. */
export async function beginRecording(
  services: VerbServices,
  options: RecordingOptions,
  parentExecutionId: string | null,
): Promise<Recording> {
  const { workflow: workflowId, name: workflowName = workflowId, version: workflowVersion = '1' } = options;
  const input = toJsonObject(options.input ?? {}, 'input');
  const id = options.executionId ?? services.factory.ids.next();
  const execution = Execution.create({
    id,
    workflowId,
    workflowName,
    workflowVersion,
    workflowHash: RECORDED,
    workflowSource: null,
    input,
    breakpoints: [],
    correlationId: options.correlationId ?? currentContext()?.correlationId ?? id,
    label: options.label ?? null,
    parentExecutionId,
    sourceCheckpointId: null,
    branchId: MAIN_BRANCH,
    position: { completed: [], nextNodeIds: [] },
    startedAt: services.factory.now(),
  }).begin(services.identity.self);
  const branch = {
    executionId: id,
    branchId: MAIN_BRANCH,
    parentBranchId: null,
    startCheckpointId: null,
    abandoned: false,
  };
  const step = new ExecutionStep(services, execution, withHostState({}, input), branch);
  const parent = parentExecutionId === null ? {} : { parentExecutionId };
  const causationId = step.emit(ExecutionStarted, {
    executionId: id,
    workflowId,
    workflowName,
    workflowVersion,
    input,
    breakpoints: [],
    ...parent,
  });
  step.checkpoint('auto', undefined, causationId);
  return attach(services, step, causationId, options);
}

/** Keeps a recording in sight, so that it can be paused and cancelled, and makes its first step durable. */
export async function attach(
  services: VerbServices,
  step: ExecutionStep,
  causationId: string | undefined,
  { actor, signal }: Pick<RecordingOptions, 'actor' | 'signal'>,
): Promise<Recording> {
  services.active.assertFree(step.execution.snapshot, signal);
  const recording = new Recording(services, step, causationId, actor);
  services.active.attach(recording.id, { runner: recording, result: recording.result }, signal);
  await recording.begin(step);
  return recording;
}
