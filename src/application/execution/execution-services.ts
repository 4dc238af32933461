import type { Checkpoints } from '../checkpoint/checkpoints.js';
import type { ProcessIdentity } from './process-identity.port.js';
import type { StepServices, BranchLine, ExecutionStep } from './execution-step.js';
import type { WorkflowRegistry } from './workflow-registry.js';
import type { VerbOptions } from '../shared/verb.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { type JsonObject, toJsonObject } from '../../domain/shared/json.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution.js';
import { executionNotFound } from './execution-errors.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';

export type { VerbOptions } from '../shared/verb.js';

/** What the verbs of executions need. */
export interface ExecutionServices extends StepServices {
  readonly tree: Checkpoints;
  readonly registry: WorkflowRegistry;
  readonly identity: ProcessIdentity;
}

/** What every verb that lets an execution run takes. */
export interface RunOptions extends VerbOptions {
  /** Cancels the execution when it aborts; its reason becomes the cancellation's. */
  readonly signal?: AbortSignal;
}

/** An execution that is ready to run, and the step that begins it. */
export interface Launch {
  readonly workflow: Workflow;
  readonly step: ExecutionStep;
  /** The event that its first nodes follow from. */
  readonly causationId: string;
  /** Nodes whose breakpoints are not to stop it again. */
  readonly passed: ReadonlySet<string>;
}

/** @throws WaymarkError `WAYMARK_INVALID_ID`, `WAYMARK_EXECUTION_NOT_FOUND` */
export async function findExecution(services: ExecutionServices, executionId: string): Promise<ExecutionSnapshot> {
  assertIdentifier(executionId, 'execution id');
  const found = await services.executions.find(executionId);
  if (found === undefined) throw executionNotFound(executionId);
  return found;
}

/** The branch that an execution is on. */
export async function currentBranch(services: ExecutionServices, execution: ExecutionSnapshot): Promise<BranchLine> {
  const branches = await services.checkpoints.branches(execution.id);
  const found = branches.find((branch) => branch.branchId === execution.branchId);
  if (found !== undefined) return found;
  return {
    executionId: execution.id,
    branchId: execution.branchId,
    parentBranchId: null,
    startCheckpointId: null,
    abandoned: false,
  };
}

/** Checks a patch of the state: a JSON object, as RFC 7396 has it. */
export function toStatePatch(patch: unknown): JsonObject | undefined {
  return patch === undefined ? undefined : toJsonObject(patch, 'state patch');
}

/** @throws InvalidArgumentError `WAYMARK_UNKNOWN_NODE` */
export function assertBreakpoints(workflow: Workflow, breakpoints: readonly string[]): void {
  for (const nodeId of breakpoints) {
    if (workflow.nodes.has(nodeId)) continue;
    throw new InvalidArgumentError(`${workflow.id} has no node ${JSON.stringify(nodeId)} to stop before.`, {
      code: 'WAYMARK_UNKNOWN_NODE',
      hint: `Its nodes are ${workflow.graph.nodeIds.join(', ')}.`,
    });
  }
}
