import type { Execution } from '../../../domain/execution/execution.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { Checkpoints } from '../../checkpoint/checkpoints.js';
import type { ChildRuns } from '../flow/child-runs.js';
import type { BranchLine } from '../execution-step.js';
import type { StepServices } from '../step-services.js';
import type { Stopwatch } from '../stopwatch.js';

/** What compensations need. */
export interface UndoServices extends StepServices {
  readonly tree: Checkpoints;
}

/** An execution whose compensations are under way, as it was last committed. */
export interface UndoneExecution {
  readonly workflow: Workflow;
  readonly execution: Execution;
  readonly branch: BranchLine;
  readonly stopwatch: Stopwatch;
  /** The executions of its sub-workflows. */
  readonly children: Pick<ChildRuns, 'undo'> | undefined;
}
