import type { AuditLog } from '../audit/audit-log.js';
import type { Checkpoints } from '../checkpoint/checkpoints.js';
import type { ProcessIdentity } from './process-identity.port.js';
import type { BranchLine, ExecutionStep } from './execution-step.js';
import type { StepServices } from './step-services.js';
import type { WorkflowRegistry } from './workflow-registry.js';
import type { VerbOptions as Wanted } from '../shared/verb.js';
import type { VerbKeys } from './verb-once.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { type JsonObject, toJsonObject } from '../../domain/shared/json.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { undoneAmong } from '../../domain/execution/undoing.js';
import { executionNotFound, undoingUnderWay, workUndone } from './execution-errors.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';

/** Who wants something of an execution, why, and under which key. */
export interface VerbOptions extends Wanted {
  /**
   * A key of the caller's for this very call: the same one again does nothing, and gives what the first one gave. It is
   * kept as long as the execution is.
   */
  readonly idempotencyKey?: string;
}

/** What the verbs of executions need. */
export interface ExecutionServices extends StepServices {
  readonly tree: Checkpoints;
  readonly registry: WorkflowRegistry;
  readonly identity: ProcessIdentity;
  readonly verbKeys: VerbKeys;
  readonly log: Pick<AuditLog, 'query'>;
  /** Told of what fails in the background. Must not throw. */
  readonly onError: (error: unknown) => void;
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
  /** The addresses of nodes whose breakpoints are not to stop it again. */
  readonly passed: ReadonlySet<string>;
  /** For a step: the addresses of the nodes that may start, and no others. */
  readonly stepping?: ReadonlySet<string>;
  /** Nobody has resumed it: a wait is over. */
  readonly goesOnByItself?: true;
}

/** @throws WaymarkError `WAYMARK_INVALID_ID`, `WAYMARK_EXECUTION_NOT_FOUND` */
export async function findExecution(services: ExecutionServices, executionId: string): Promise<ExecutionSnapshot> {
  assertIdentifier(executionId, 'execution id');
  const found = await services.executions.find(executionId);
  if (found === undefined) throw executionNotFound(executionId);
  return found;
}

/** Nothing else may be done to an execution while its compensations are under way. @throws WaymarkError `WAYMARK_UNDOING` */
export function assertSettled(execution: ExecutionSnapshot, verb: string): void {
  if (execution.undoing !== null) throw undoingUnderWay(execution, verb);
}

/**
 * What compensations undid must not be taken for done: one that failed and undid its work, or a rollback that stopped half
 * way. @throws WaymarkError `WAYMARK_WORK_UNDONE`
 */
export function assertWorkThere({ id, completed, compensated }: ExecutionSnapshot, verb: string): void {
  const undone = undoneAmong(completed, compensated);
  if (undone.length > 0) throw workUndone(id, undone, verb);
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
