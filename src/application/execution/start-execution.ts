import { MAIN_BRANCH } from '../../domain/checkpoint/checkpoint.js';
import { ExecutionRestarted, ExecutionStarted } from '../../domain/events/families/execution.events.js';
import { breakpointNodes, type BreakpointLike, type StoredBreakpoint } from '../../domain/execution/breakpoints.js';
import { Execution } from '../../domain/execution/execution.js';
import { type EnvironmentDeclaration, environmentProblems } from '../../domain/environment/environment-declaration.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { type JsonObject, toJsonObject } from '../../domain/shared/json.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { type WorkspaceDeclaration, workspaceProblems } from '../../domain/workspace/workspace-declaration.js';
import { currentContext } from '../context/run-with-context.js';
import { checkBreakpoints } from './breakpoints/check-breakpoints.js';
import { compensableIn } from './compensation/what-to-undo.js';
import { assertExpressions } from './flow/check-expressions.js';
import { invalidInput } from './execution-errors.js';
import type { ExecutionServices, Launch, RunOptions } from './execution-services.js';
import { ExecutionStep } from './execution-step.js';
import type { Declared } from './surroundings/surroundings.port.js';
import { checkTimeLimit } from './waiting/time-limit.js';

/** How to start an execution. */
export interface StartOptions extends RunOptions {
  /** Where to stop: before the nodes that are named, or as said in more words. */
  readonly breakpoints?: readonly BreakpointLike[];
  /** An id of the caller's; a new one when left out. */
  readonly executionId?: string;
  /** What the execution belongs together with; its own id when left out and no ambient context says otherwise. */
  readonly correlationId?: string;
  /** A name for people. */
  readonly label?: string;
  /**
   * How long it may take in all, in milliseconds, counted from its start: the workflow's own limit when left out. It
   * fails then, whether it runs or waits; one that somebody stopped does so when it goes on.
   */
  readonly timeoutMs?: number;
  /** The folder of its own that it gets: instead of the workflow's declaration, `false` for none. */
  readonly workspace?: WorkspaceDeclaration | false;
  /** What it runs in: instead of the workflow's declaration, `false` for nothing of its own. */
  readonly environment?: EnvironmentDeclaration | false;
}

/** Prepares a new execution from the workflow's entry. The state begins as the input. */
export function prepareStart(
  services: ExecutionServices,
  workflow: Workflow,
  input: unknown,
  options: StartOptions,
  parentExecutionId?: string,
): Launch {
  services.registry.register(workflow);
  assertExpressions(services.expressions, workflow);
  const breakpoints = checkBreakpoints(services, workflow, options.breakpoints);
  if (options.executionId !== undefined) assertIdentifier(options.executionId, 'execution id');
  if (options.correlationId !== undefined) assertIdentifier(options.correlationId, 'correlation id');
  const timeoutMs = checkTimeLimit(options.timeoutMs ?? workflow.timeoutMs);
  const checked = checkInput(workflow, input);
  return prepareNew(services, workflow, checked, { ...options, breakpoints, timeoutMs, parentExecutionId });
}

/** What a new execution is made with. */
export interface NewExecution extends Pick<StartOptions, 'executionId' | 'correlationId' | 'label' | 'reason'> {
  readonly workspace?: StartOptions['workspace'] | undefined;
  readonly environment?: StartOptions['environment'] | undefined;
  readonly breakpoints: readonly StoredBreakpoint[];
  readonly timeoutMs: number | undefined;
  /** The execution that it is a part of. */
  readonly parentExecutionId?: string | undefined;
  /** The execution whose input it takes. */
  readonly restarted?: { readonly id: string; readonly reason: string };
}

/** Prepares a new execution from the workflow's entry with an input that was checked. */
export function prepareNew(
  services: ExecutionServices,
  workflow: Workflow,
  checked: JsonObject,
  options: NewExecution,
): Launch {
  const { breakpoints, timeoutMs, restarted, reason, parentExecutionId = restarted?.id } = options;
  const id = options.executionId ?? services.factory.ids.next();
  const execution = Execution.create({
    id,
    workflowId: workflow.id,
    workflowName: workflow.name,
    workflowVersion: workflow.version,
    workflowHash: workflow.graph.hash,
    workflowSource: workflow.source ?? null,
    compensable: compensableIn(workflow),
    input: checked,
    breakpoints,
    correlationId: options.correlationId ?? currentContext()?.correlationId ?? id,
    label: options.label ?? null,
    parentExecutionId: parentExecutionId ?? null,
    sourceCheckpointId: null,
    branchId: MAIN_BRANCH,
    position: { completed: [], nextNodeIds: workflow.graph.entries },
    startedAt: services.factory.now(),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  }).begin(services.identity.self);
  const step = new ExecutionStep(services, execution, checked, {
    executionId: id,
    branchId: MAIN_BRANCH,
    parentBranchId: null,
    startCheckpointId: null,
    abandoned: false,
  });
  const startedId = step.emit(ExecutionStarted, {
    executionId: id,
    workflowId: workflow.id,
    workflowName: workflow.name,
    workflowVersion: workflow.version,
    input: checked,
    breakpoints: [...breakpointNodes(breakpoints)],
    ...(parentExecutionId === undefined ? {} : { parentExecutionId }),
    ...(reason === undefined ? {} : { reason }),
  });
  const causationId = restarted === undefined ? startedId : tellRestarted(step, restarted, startedId);
  const declared = declaredFor(workflow, options);
  step.surround(
    restarted === undefined
      ? { kind: 'declared', declared, parentExecutionId }
      : { kind: 'restarted', executionId: restarted.id, declared },
    causationId,
  );
  step.checkpoint('auto', undefined, causationId);
  return { workflow, step, causationId, passed: new Set() };
}

/** What is to be around an execution: what it is started with, before what its workflow declares. @throws InvalidArgumentError */
function declaredFor(
  workflow: Workflow,
  { workspace, environment }: Pick<NewExecution, 'workspace' | 'environment'>,
): Declared {
  const problems = [
    ...(workspace === undefined || workspace === false ? [] : workspaceProblems(workspace)),
    ...(environment === undefined || environment === false ? [] : environmentProblems(environment)),
  ];
  if (problems.length > 0) {
    throw new InvalidArgumentError(`An execution of ${workflow.id} can't be started: ${problems.join('; ')}.`, {
      hint: 'See docs/workspaces.md and docs/environments.md for what can be declared.',
      details: { problems },
    });
  }
  const given = <T>(own: T | false | undefined, declared: T | undefined): T | undefined =>
    own === false ? undefined : (own ?? declared);
  return {
    workspace: given(workspace, workflow.workspace),
    environment: given(environment, workflow.environment),
  };
}

function tellRestarted(
  step: ExecutionStep,
  { id, reason }: { readonly id: string; readonly reason: string },
  causationId: string,
): string {
  const payload = { executionId: step.execution.id, originalExecutionId: id, reason };
  return step.emit(ExecutionRestarted, payload, causationId);
}

/** @throws WaymarkError `WAYMARK_INVALID_INPUT` */
export function checkInput(workflow: Workflow, input: unknown): JsonObject {
  if (workflow.input !== undefined) {
    const parsed = workflow.input.safeParse(input);
    if (!parsed.success) throw invalidInput(workflow, parsed.error.issues);
    return toJsonObject(parsed.data, 'input');
  }
  return toJsonObject(input ?? {}, 'input');
}
