import { MAIN_BRANCH } from '../../domain/checkpoint/checkpoint.js';
import { ExecutionStarted } from '../../domain/events/families/execution.events.js';
import { Execution } from '../../domain/execution/execution.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { type JsonObject, toJsonObject } from '../../domain/shared/json.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { currentContext } from '../context/run-with-context.js';
import { invalidInput } from './execution-errors.js';
import { assertBreakpoints, type ExecutionServices, type Launch, type RunOptions } from './execution-services.js';
import { ExecutionStep } from './execution-step.js';

/** How to start an execution. */
export interface StartOptions extends Pick<RunOptions, 'actor' | 'signal'> {
  /** Nodes to stop before. */
  readonly breakpoints?: readonly string[];
  /** An id of the caller's; a new one when left out. */
  readonly executionId?: string;
  /** What the execution belongs together with; its own id when left out and no ambient context says otherwise. */
  readonly correlationId?: string;
  /** A name for people. */
  readonly label?: string;
}

/** Prepares a new execution from the workflow's entry. The state begins as the input. */
export function prepareStart(
  services: ExecutionServices,
  workflow: Workflow,
  input: unknown,
  options: StartOptions,
): Launch {
  services.registry.register(workflow);
  const breakpoints = [...(options.breakpoints ?? [])];
  assertBreakpoints(workflow, breakpoints);
  if (options.executionId !== undefined) assertIdentifier(options.executionId, 'execution id');
  if (options.correlationId !== undefined) assertIdentifier(options.correlationId, 'correlation id');
  const checked = checkInput(workflow, input);
  const id = options.executionId ?? services.factory.ids.next();
  const execution = Execution.create({
    id,
    workflowId: workflow.id,
    workflowName: workflow.name,
    workflowVersion: workflow.version,
    workflowHash: workflow.graph.hash,
    workflowSource: workflow.source ?? null,
    input: checked,
    breakpoints,
    correlationId: options.correlationId ?? currentContext()?.correlationId ?? id,
    label: options.label ?? null,
    parentExecutionId: null,
    sourceCheckpointId: null,
    branchId: MAIN_BRANCH,
    position: { completed: [], nextNodeIds: workflow.graph.entries },
    startedAt: services.factory.now(),
  }).begin(services.identity.self);
  const step = new ExecutionStep(services, execution, checked, {
    executionId: id,
    branchId: MAIN_BRANCH,
    parentBranchId: null,
    startCheckpointId: null,
    abandoned: false,
  });
  const causationId = step.emit(ExecutionStarted, {
    executionId: id,
    workflowId: workflow.id,
    workflowName: workflow.name,
    workflowVersion: workflow.version,
    input: checked,
    breakpoints,
  });
  step.checkpoint('auto', undefined, causationId);
  return { workflow, step, causationId, passed: new Set() };
}

/** @throws WaymarkError `WAYMARK_INVALID_INPUT` */
function checkInput(workflow: Workflow, input: unknown): JsonObject {
  if (workflow.input !== undefined) {
    const parsed = workflow.input.safeParse(input);
    if (!parsed.success) throw invalidInput(workflow, parsed.error.issues);
    return toJsonObject(parsed.data, 'input');
  }
  return toJsonObject(input ?? {}, 'input');
}
