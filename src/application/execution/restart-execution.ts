import type { BreakpointLike } from '../../domain/execution/breakpoints.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { checkBreakpoints } from './breakpoints/check-breakpoints.js';
import { type ExecutionServices, findExecution, type Launch, type RunOptions } from './execution-services.js';
import { checkInput, prepareNew, type StartOptions } from './start-execution.js';

/** How to restart. */
export interface RestartOptions extends RunOptions {
  /** Where the new execution is to stop. */
  readonly breakpoints?: readonly BreakpointLike[];
  /** An id of the caller's for it. */
  readonly executionId?: string;
  /** A name for people. */
  readonly label?: string;
  /** What it runs in: instead of the workflow's declaration, `false` for nothing of its own. */
  readonly environment?: Exclude<StartOptions['environment'], undefined>;
}

/**
 * Prepares a new execution from the entry with the input of another one, whatever became of that. It runs on the
 * definition that is loaded now: where that is not the one that the original began on, it checks the input first.
 */
export async function prepareRestart(
  services: ExecutionServices,
  executionId: string,
  options: RestartOptions,
): Promise<Launch> {
  const original = await findExecution(services, executionId);
  if (options.executionId !== undefined) assertIdentifier(options.executionId, 'execution id');
  const workflow = services.registry.latest(original);
  const isSame = workflow.graph.hash === original.workflowHash;
  const reason = options.reason ?? 'no reason given';
  return prepareNew(services, workflow, isSame ? original.input : checkInput(workflow, original.input), {
    ...options,
    breakpoints: checkBreakpoints(services, workflow, options.breakpoints),
    timeoutMs: original.timeoutMs ?? workflow.timeoutMs,
    correlationId: original.correlationId,
    restarted: { id: original.id, reason },
  });
}
